#!/usr/bin/env python
r"""Peak memory and speed of a training step by how its batch is divided (--accumulate).

    python benchmarks/accumulate_memory.py --basenet=vgg_16 --pixels=512 --batch_size=16 \\
        --from_scratch --datapath=data/camvid --divisions=1,4,16

Takes fcn_train.py's flags; --batch_size is that of a step. Each division has a process of its own
and takes --steps steps (default 1); the speed is that of the steps after the first.
"""
import dataclasses
import os
import resource
import subprocess
import sys
import time

import common  # noqa: F401 (puts the project on the path)

import fcn_train
from utils.errors import UserError, run_script
from utils.runs.flags import flag, parse_flags
from utils.runs.train_flags import TrainFlags
from utils.tf_compat import tf
from utils.train.build import build
from utils.train.parallel.world import ALONE
from utils.train.session import session_config

#: Tells a process that it is to be measured.
_MEASURED = "SLIMSEG_ACCUMULATE_MEASURED"


@dataclasses.dataclass(frozen=True)
class Flags(TrainFlags):
    """fcn_train.py's, and into how many parts the batch is divided."""

    divisions: str = flag("1,4,16", "numbers of micro-batches, with commas between them")


def measure(argv):
    """What a measured process does: prints loss, speed and peak."""
    prepared = fcn_train.prepare(argv)
    built = build(prepared, 0, ALONE)
    with tf.Session(graph=built.graph, config=session_config()) as session:
        session.run(built.init)
        built.train_graph.begin(session)
        print("loss of the first step {:.6f}".format(built.train_graph.run_step(session)["loss"]))
        begin = time.time()
        for _ in range(prepared.flags.steps - 1):
            built.train_graph.run_step(session)
        seconds = time.time() - begin
    if prepared.flags.steps > 1:
        print("images/s "
              f"{(prepared.flags.steps - 1) * prepared.flags.images_per_step / seconds:.2f}")
    print(f"peak MB {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f}")


def main(argv):
    if _MEASURED in os.environ:
        return measure(argv)
    flags, _ = parse_flags(Flags, argv, __doc__)
    argv = [word for word in argv if not word.startswith("--divisions")]
    print(f"TensorFlow {tf.__version__}, {flags.basenet}, {flags.pixels} px, steps of "
          f"{flags.batch_size} images")
    for parts in [int(word) for word in flags.divisions.split(",")]:
        words = [f"--steps={max(flags.steps, 1)}", f"--accumulate={parts}",
                 f"--batch_size={flags.batch_size // parts}"]
        done = subprocess.run([sys.executable, os.path.abspath(__file__)] + argv + words,
                              env=dict(os.environ, **{_MEASURED: "1"}), stdout=subprocess.PIPE)
        if done.returncode not in (0, -9):
            raise UserError(f"{parts} micro-batches: exit code {done.returncode}")
        said = "killed: out of memory" if done.returncode else ", ".join(
            done.stdout.decode().strip().splitlines())
        print(f"{parts:3} x {flags.batch_size // parts:<3} {said}", flush=True)


if __name__ == "__main__":
    run_script(main)
