"""The rooms of the code and what each may import; read from the source, without importing it."""
import ast
import os
import re
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
#: Modules and packages that every room may use, each those before it.
BASICS = ("utils.version", "utils.errors", "utils.lazy", "utils.needs", "utils.machine",
          "utils.texts", "utils.values", "utils.names", "utils.files", "utils.stored",
          "utils.whole_folder", "utils.ordered", "utils.registry", "utils.tf_compat",
          "utils.maps", "utils.net_output")
#: All rooms: each may import those before it, and no other. docs/architecture.md says what each is
#: for. "fcn" is the commands at the top level.
ROOMS = BASICS + (
    "archs", "utils.measures", "utils.drawing", "utils.checkpoints", "utils.statistics",
    "utils.data", "utils.runs", "utils.evaluate", "utils.train", "utils.export", "utils.page",
    "utils.report", "utils.explore", "utils.compete",
    "utils.costs", "utils.sweep", "fcn", "scripts", "benchmarks.claims", "tests", "benchmarks")
#: Modules (and everything below these packages) that work where there is no TensorFlow.
PLAIN = ("utils.errors", "utils.registry", "utils.files", "utils.stored", "utils.texts",
         "utils.lazy", "utils.needs", "utils.checkpoints.files", "utils.checkpoints.seg_mentor",
         "utils.ordered", "utils.whole_folder", "utils.data.masks",
         "utils.values", "utils.runs.help_page", "utils.runs.flags",
         "utils.runs.flag_parser", "utils.runs.commands", "utils.version",
         "utils.runs.roles", "utils.runs.runargs", "utils.runs.seg_mentor",
         "utils.runs.train_flags", "utils.runs.run_folder", "utils.data.datasets",
         "utils.data.images", "utils.data.sidecar", "utils.data.splits", "utils.data.render_shapes",
         "utils.measures", "utils.drawing",
         "utils.evaluate.results", "utils.evaluate.ffmpeg", "utils.evaluate.mp4_times",
         "utils.evaluate.observers", "utils.evaluate.batching", "utils.evaluate.cam_target",
         "utils.evaluate.refinement", "utils.evaluate.windows", "utils.evaluate.view_mean",
         "utils.evaluate.gain",
         "utils.runs.result_name", "utils.data.split", "utils.data.sampling",
         "utils.runs.heartbeat", "utils.runs.metric_lines",
         "utils.statistics", "utils.sweep", "utils.report", "utils.explore",
         "utils.compete", "fcn_compete", "utils.data.record_files", "utils.data.counting",
         "utils.costs.accuracy",
         "utils.page",
         "utils.costs.flags", "utils.costs.memory", "utils.costs.net", "utils.costs.plot",
         "utils.costs.process", "utils.costs.tables")
PEER = "benchmarks.plain_script"
TENSORFLOW = ("tensorflow", "tf_slim", "tf_keras", "keras")


def _module_name(path):
    name = os.path.relpath(path, ROOT)[:-len(".py")].replace(os.sep, ".")
    return name[:-len(".__init__")] if name.endswith(".__init__") else name


def _source_files():
    """{module name: path} of the project's own code and tests."""
    folders = ["archs", "utils", "scripts", "benchmarks", "tests"]
    paths = [os.path.join(ROOT, name) for name in os.listdir(ROOT) if name.endswith(".py")]
    for folder in folders:
        for where, _, names in os.walk(os.path.join(ROOT, folder)):
            paths += [os.path.join(where, name) for name in names if name.endswith(".py")]
    return {_module_name(path): path for path in paths}


FILES = _source_files()


def _parse(path):
    with open(path, encoding="utf-8") as file:
        source = file.read()
    if sys.version_info >= (3, 8):
        return ast.parse(source, path, feature_version=(3, 7))
    return ast.parse(source, path)


def _nodes_that_run(node):
    """The nodes of a tree but for imports that only type checkers read."""
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and getattr(child.test, "id", "") == "TYPE_CHECKING"):
            yield child
            yield from _nodes_that_run(child)


def _imported(module):
    """Full names of what a module imports; `from a import b` gives a.b where that is a module."""
    names = set()
    for node in _nodes_that_run(_parse(FILES[module])):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{FILES[module]}: relative import"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                names.add(full if full in FILES else node.module)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "lazy_module":
            names.update(ast.literal_eval(argument) for argument in node.args
                         if not isinstance(argument, ast.Name))
    return names


IMPORTS = {module: _imported(module) for module in FILES}


def _is_within(module, packages):
    return any(module == package or module.startswith(package + ".") for package in packages)


def _modules(*packages):
    return sorted(module for module in FILES if _is_within(module, packages))


def _parents(module):
    """The packages whose __init__ runs when a module is imported."""
    parts = module.split(".")
    return {".".join(parts[:length]) for length in range(1, len(parts))}


def _reached(module):
    """All of the project's modules that importing one of them runs."""
    found, waiting = set(), [module]
    while waiting:
        current = waiting.pop()
        if current in FILES and current not in found:
            found.add(current)
            waiting += IMPORTS[current] | _parents(current)
    return found


def _offenders(modules, forbidden):
    return sorted(f"{module} imports {name}" for module in modules
                  for name in IMPORTS[module] if _is_within(name, forbidden))


def test_finds_the_source():
    assert {"utils.tf_compat", "utils.errors", "tests.test_imports"} <= set(FILES)
    assert "tensorflow.compat.v1" in IMPORTS["utils.tf_compat"]
    assert "utils.errors" in IMPORTS["utils.registry"]


def test_only_tf_compat_imports_tensorflow():
    others = [module for module in _modules("utils", "archs", "scripts", "benchmarks")
              + [name for name in FILES if name.startswith("fcn_")]
              if module not in ("utils.tf_compat", PEER)]
    assert _offenders(others, TENSORFLOW) == []


def test_the_peer_uses_nothing_of_the_project():
    assert PEER in FILES and not set(FILES) & IMPORTS[PEER]


def _room(module):
    """The room of a module, or "" where it has none."""
    if module.startswith("fcn_"):
        return "fcn"
    return next((room for room in ROOMS if _is_within(module, [room])), "")


def test_every_module_is_in_a_room_and_no_room_is_empty():
    assert [module for module in FILES if not _room(module) and module != "utils"] == []
    assert set(ROOMS) == {_room(module) for module in FILES} - {""}


def test_rooms_import_those_before_them():
    """Arrows back: there are none."""
    back = sorted(f"{module} imports {name}" for module in FILES for name in IMPORTS[module]
                  if _room(module) and _room(name)
                  and ROOMS.index(_room(name)) > ROOMS.index(_room(module)))
    assert back == []


def test_utils_and_archs_know_nothing_of_each_other():
    utils = [room for room in ROOMS if room.startswith("utils.")]
    assert _offenders(_modules("utils"), ["archs"]) == []
    assert _offenders(_modules("archs"), set(utils) - set(BASICS)) == []


def test_the_page_of_the_architecture_lists_the_rooms():
    with open(os.path.join(ROOT, "docs", "architecture.md"), encoding="utf-8") as file:
        rows = re.findall(r"^\| `([^`]+)` \|", file.read(), re.MULTILINE)
    assert [row.rstrip("/").replace("/", ".").replace(".py", "").replace("fcn_*", "fcn")
            for row in rows] == list(ROOMS)


@pytest.mark.parametrize("package", PLAIN)
def test_plain_python_does_not_reach_tensorflow(package):
    modules = _modules(package)
    assert modules, f"{package} is gone: take it off the list"
    offenders = [module for module in modules if "utils.tf_compat" in _reached(module)]
    assert offenders == []


def test_within_archs_extractors_come_first_then_base_then_decoders():
    shared = ["archs.layers", "archs.resample", "archs.blocks", "archs.base", "archs.ladder",
              "archs.unread", "archs.choices"]
    decoders = [module for module in _modules("archs") if module.count(".") == 1
                and module not in shared + ["archs.extractors"]]
    assert "archs.fcn" in decoders
    above = decoders + ["archs.base", "archs.ladder", "archs.choices"]
    assert _offenders(_modules("archs.extractors"), above) == []
    assert _offenders(shared, decoders) == []
    assert _offenders(["archs.base"], ["archs.ladder"]) == []


def test_imports_have_no_cycle():
    waiting = {module: {name for name in names if name in FILES and name != module}
               for module, names in IMPORTS.items()}
    while waiting:
        ready = [module for module, names in waiting.items() if not names & set(waiting)]
        assert ready, "a cycle among: {}".format(", ".join(sorted(waiting)))
        for module in ready:
            del waiting[module]


def test_the_page_shell_knows_no_page():
    assert [name for module in _modules("utils.page") for name in IMPORTS[module]
            if name in FILES and not _is_within(name, ["utils.page"])] == []


def test_nothing_imports_a_star():
    stars = [module for module, path in FILES.items() for node in ast.walk(_parse(path))
             if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"]
    assert stars == []


#: What is imported under another name than it is installed by; None: never imported.
IMPORT_NAMES = {"tf-slim": "tf_slim", "tf-keras": "tf_keras", "pillow": "PIL",
                "protobuf": "google", "scikit-learn": "sklearn",
                "imageio-ffmpeg": "imageio_ffmpeg", "pytest-xdist": None,
                "pyyaml": "yaml",
                "intel-tensorflow": "tensorflow"}


def _requirements(name):
    """Import names of what a requirements file lists, with the files that it includes."""
    with open(os.path.join(ROOT, name)) as file:
        lines = file.read().splitlines()
    found = {re.match(r"[\w-]+", line).group() for line in lines if re.match(r"\w", line)}
    names = {IMPORT_NAMES.get(requirement, requirement) for requirement in found} - {None}
    return names.union(*[_requirements(line[3:]) for line in lines if line.startswith("-r ")])


def _top_level_imports(modules):
    return {name.split(".")[0] for module in modules for name in IMPORTS[module]}


def test_requirements_are_what_the_code_imports_and_no_more():
    own = [module for module in FILES if not module.startswith("tests.")]
    assert _requirements("requirements.txt") - _top_level_imports(own) == set()
    assert _requirements("requirements-tf1-cpu.txt") - _top_level_imports(own) == set()
    extra = _requirements("requirements-dev.txt")
    assert extra - _top_level_imports(FILES) == set()


@pytest.mark.skipif(sys.version_info < (3, 10), reason="sys.stdlib_module_names came with 3.10")
def test_the_code_imports_nothing_that_is_not_required():
    # common, loss_speed, sides, speak, train_speed: of benchmarks, which run as scripts; others:
    # only where somebody has them.
    project = {name.split(".")[0] for name in FILES} | {
        "common", "loss_speed", "sides", "speak", "train_speed", "albumentations", "cv2", "horovod",
        "onnxruntime", "pyarrow", "ray", "tf2onnx", "torch"}
    required = _requirements("requirements.txt") | _requirements("requirements-dev.txt")
    assert (_top_level_imports(FILES) - project - required
            - set(sys.stdlib_module_names)) == set()


@pytest.mark.parametrize("stack", ["tf1", "tf1-cpu", "tf2"])
def test_constraints_pin_every_requirement(stack):
    with open(os.path.join(ROOT, "constraints", stack + ".txt")) as file:
        lines = [line.strip() for line in file if line.strip() and not line.startswith("#")]
    assert all(re.match(r"[\w.-]+==[\w.]+(; .*)?$", line) for line in lines)
    pinned = {IMPORT_NAMES.get(line.split("==")[0], line.split("==")[0]) for line in lines}
    required = _requirements("requirements.txt") | _requirements("requirements-dev.txt")
    missing = required - pinned - ({"tf_keras"} if stack.startswith("tf1") else set())
    assert missing == set()
