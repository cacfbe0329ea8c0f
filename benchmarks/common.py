"""What the benchmarks share. Import it first: it puts the project on the path."""
import collections
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any, List, Sequence

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)

#: A run of fcn_train.py seen from outside. first_step: seconds from the start of the process to the
#: end of its first step; peak: of its resident size, MB; sizes: [(step, resident MB)] as it went.
Probe = collections.namedtuple("Probe", "first_step peak sizes")


def spread(values: Sequence[float], digits: int = 2) -> str:
    """"median (min - max)" of some figures."""
    form = f"{{:.{digits}f}}"
    return "{} ({} - {})".format(*[form.format(value) for value in (
        statistics.median(values), min(values), max(values))])


def absolute(word: str) -> str:
    """A flag whose path holds in other folders too."""
    name, given, value = word.partition("=")
    if given and name in ("--datapath", "--modelspath", "--init_from"):
        return name + "=" + os.path.abspath(value)
    return word


def train_flags(flags_type: Any, argv: List[str], doc: str) -> Any:
    """A line's flags of training as fcn_train.py takes them: those of its recipe too, settled."""
    from utils.runs.flags import parse_flags
    from utils.runs.recipes import with_recipe
    from utils.runs.train_flags import settle

    def parse(words):
        return parse_flags(flags_type, words, doc)
    return settle(*with_recipe(*parse(argv), parse))


def probe_run(argv: List[str], steps: int, eval_every: int = 0) -> Probe:
    """Runs fcn_train.py in a folder that goes away, and ends it after so many steps: a `Probe`.

    Args:
      argv: its flags, with absolute paths.
      steps: evaluation and saves of this step are part of the run, the final test is not.
      eval_every: steps between evaluations, where there is more than one.
    """
    command = [sys.executable, os.path.join(ROOT, "fcn_train.py")] + argv + [
        "--log_every=1", f"--eval_every={eval_every or steps}",
        f"--steps={10 * steps}", "--name=probe"]
    with tempfile.TemporaryDirectory() as folder:
        begin, first, sizes = time.time(), None, {}
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
        run = os.path.join(folder, "tmp", "probe__1")
        while _saved_step(run) < steps and process.poll() is None:
            if first is None and _has_text(os.path.join(run, "metrics.jsonl")):
                first = time.time() - begin
            sizes[_saved_step(run)] = _resident(process.pid)
            time.sleep(.05)
        if process.returncode is not None:
            sys.exit(f"fcn_train.py ended before step {steps}; its error is above")
        process.send_signal(signal.SIGTERM)
        _, _, usage = os.wait4(process.pid, 0)
        return Probe(first, usage.ru_maxrss / 1024.0, sorted(sizes.items()))


def _has_text(path):
    return os.path.exists(path) and os.path.getsize(path) > 0


def _saved_step(run):
    try:
        with open(os.path.join(run, "resume.json")) as file:
            return json.load(file)["step"]
    except FileNotFoundError:
        return 0


def _resident(pid):
    """Resident MB of a process now."""
    try:
        with open(f"/proc/{pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2 ** 20
    except (OSError, IndexError):
        return 0.0
