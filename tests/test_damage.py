"""Seeded damage to every kind of stored file, through the readers that commands use: the values
are what they were, or one line says what is damaged. MUTATIONS=1000 tries more."""
import json
import os
import random
import shutil

import numpy as np
import pytest

from tests.report.synthetic import draw_matrices, write_run
from tests.sweep.plans import planned
from tests.tiny import write_records
from utils.checkpoints.restore import restore_variables
from utils.data.check_records import check_records
from utils.data.records import open_dataset
from utils.data.scan import scan
from utils.errors import UserError
from utils.evaluate.observers.objects import load_objects
from utils.evaluate.results import load_result
from utils.report.collect import read_record
from utils.runs.plan_file import read_plan, write_plan
from utils.runs.plans import Declaration, SweepPlan, now
from utils.runs.run_folder import RunFolder
from utils.statistics.looks import Looks
from utils.tf_compat import tf
from utils.train import checkpoints

MUTATIONS = int(os.environ.get("MUTATIONS", 12))


class Net:
    """A graph of a few variables, their saver, and what a checkpoint of them gives."""

    def __init__(self):
        with tf.Graph().as_default() as graph:
            self._variables = [tf.get_variable(f"scope_{index}/v", [3, 4 + index],
                                               initializer=tf.ones_initializer())
                               for index in range(5)]
            self.saver = tf.train.Saver(self._variables)
            self.session = tf.Session(graph=graph)
            self.session.run([variable.initializer for variable in self._variables])

    def load(self, value):
        for variable in self._variables:
            variable.load(np.full(variable.shape.as_list(), value, np.float32), self.session)

    def read(self, prefix):
        coverage = restore_variables(self.session, self._variables, prefix)
        if coverage.fraction < 1:
            raise UserError(str(coverage))
        return [value.tolist() for value in self.session.run(self._variables)]


@pytest.fixture(scope="module")
def net():
    return Net()


@pytest.fixture(scope="module")
def stored(tmp_path_factory, net):
    """A folder with records/ and run/ of every kind of file."""
    root = tmp_path_factory.mktemp("stored")
    write_records(str(root))
    beat = {"time": 5.0, "step": 40, "seconds": 1800.0}
    folder = RunFolder(write_run(root, "run", 3, draw_matrices(3), beat=beat, objects=True))
    for step in (10, 20):
        net.load(step)
        checkpoints.save_resume_state(net.saver, net.session, folder, step,
                                      {"steps": 1, "sums": {"loss": step / 3}})
    checkpoints.save(net.saver, net.session, folder.checkpoint())
    runs = tuple(planned(label, seed) for seed in (1, 2) for label in "ab")
    write_plan(str(root / "plan.json"), SweepPlan(root.name, runs, Declaration(Looks((2, 4))),
                                                  (2, 4), now()))
    return str(root)


# ---- readers: (root, net) -> (what is read, notes) ----

def read_state(root, net):
    folder, told = RunFolder(os.path.join(root, "run")), []
    state = checkpoints.load_resume_state(folder, told.append)
    return (state, net.read(folder.resume_checkpoint(state["step"]))), told


def read_checkpoint(root, net):
    return net.read(os.path.join(root, "run", "fcn.ckpt")), []


def read_result(root, net):
    result = load_result(os.path.join(root, "run", "test", "test.npz"))
    return (result.split, result.class_names, result.names, result.sizes.tolist(),
            result.matrices.tolist(), result.meta), []


def read_objects(root, net):
    objects = load_objects(os.path.join(root, "run", "test", "test.objects.npz"))
    return {name: values.tolist() for name, values in vars(objects).items()}, []


def read_run(root, net):
    record = read_record(os.path.join(root, "run"))
    record.folder.read_flags()
    return (record.args, record.info, record.lines, record.beat, record.state, record.hours,
            record.seed_text, record.step, record.total_steps, record.curve()), \
        [] if record.beat else ["no heartbeat"]


def read_sidecar(root, net):
    info = open_dataset(os.path.join(root, "records"))
    return (info, [info.class_frequencies(split).tolist() for split in info.splits]), []


def read_records(root, net):
    datapath = os.path.join(root, "records")
    found = [finding for finding in check_records(datapath) if finding.severity == "error"]
    return [record.data for record in scan(os.path.join(datapath, "training.tfrecords"))], found


def read_sweep(root, net):
    plan = read_plan(os.path.join(root, "plan.json"), "sweep")
    return (plan, plan.places, plan.keys, plan.extra, plan.declared.levels), []


#: file: (its reader, whether a checksum guards it; text without one may say something else that
#: is as good, another digit say).
FILES = {
    "run/resume.json": (read_state, True), "run/resume.ckpt-20.index": (read_state, True),
    "run/resume.ckpt-20.data-00000-of-00001": (read_state, True),
    "run/fcn.ckpt.index": (read_checkpoint, True),
    "run/fcn.ckpt.data-00000-of-00001": (read_checkpoint, True),
    "run/test/test.npz": (read_result, True), "run/test/test.objects.npz": (read_objects, True),
    "records/training.tfrecords": (read_records, True),
    "run/runargs": (read_run, False), "run/runinfo": (read_run, False),
    "run/metrics.jsonl": (read_run, False), "run/heartbeat": (read_run, False),
    "records/dataset.json": (read_sidecar, False), "plan.json": (read_sweep, False)}


# ---- damage ----

def flip_bit(draw, data):
    place = draw.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << draw.randrange(8)]) + data[place + 1:]


def cut(draw, data):
    return data[:draw.randrange(len(data))]


def overwrite(draw, data):
    place, length = draw.randrange(len(data)), draw.randrange(1, 40)
    return data[:place] + bytes(draw.randrange(256) for _ in range(length)) + data[place + length:]


def absurd_sizes(draw, data):
    """In the last bytes, where archives and checkpoints have their directories."""
    place = max(len(data) - 48, 0) + draw.randrange(12)
    return data[:place] + bytes(draw.randrange(128, 256) for _ in range(6)) + data[place + 6:]


def swap_type(draw, data):
    """Another type, or an absurd number, for one value of a JSON text; or its key is gone."""
    lines = data.decode().splitlines()
    line = draw.randrange(len(lines)) if data.startswith(b'{"') else None  # an object a line
    values = json.loads(data if line is None else lines[line])
    holder = values
    while True:
        key = draw.choice(sorted(holder)) if isinstance(holder, dict) else \
            draw.randrange(len(holder))
        if not isinstance(holder[key], (dict, list)) or not holder[key] or draw.random() < .3:
            break
        holder = holder[key]
    if draw.random() < .3:
        del holder[key]
    else:
        holder[key] = draw.choice([None, [], {}, "x", -1, 1.5, True, 10 ** 400, float("nan"),
                                   float("inf"), [[1]], {"a": 1}, "", "\x00", 2 ** 31])
    if line is None:
        return json.dumps(values).encode()
    lines[line] = json.dumps(values)
    return ("\n".join(lines) + "\n").encode()


def damaged(draw, data, is_text):
    kinds = [flip_bit, flip_bit, cut, overwrite, absurd_sizes, lambda draw, data: b""]
    if is_text:
        kinds += [swap_type] * 6
    return draw.choice(kinds)(draw, data)


@pytest.mark.parametrize("name", sorted(FILES))
def test_damage_is_told_or_harmless(stored, net, tmp_path, name):
    reader, guarded = FILES[name]
    with open(os.path.join(stored, name), "rb") as file:
        whole = file.read()
    expected, notes = reader(stored, net)
    assert notes == []
    draw, outcomes = random.Random(name), {"equal": 0, "told": 0, "another value": 0}
    for number in range(MUTATIONS):
        root = str(tmp_path / str(number))
        shutil.copytree(stored, root)
        with open(os.path.join(root, name), "wb") as file:
            file.write(damaged(draw, whole, whole.lstrip().startswith(b"{")))
        try:
            found, notes = reader(root, net)
            # Written as text: NaN is no equal of its own.
            outcome = "told" if notes else "equal" if repr(found) == repr(expected) else \
                "another value"
        except UserError as error:
            assert "\n" not in str(error)
            outcome = "told"
        assert outcome != "another value" or not guarded, number
        outcomes[outcome] += 1
        shutil.rmtree(root)
    print(name, outcomes)
    assert outcomes["told"] > MUTATIONS / 5
