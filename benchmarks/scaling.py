#!/usr/bin/env python
r"""Images per second of several processes (Horovod), beside one process on the same cores.

    python benchmarks/scaling.py --basenet=mobilenet_v1 --pixels=256 --batch_size=4 \\
        --from_scratch --datapath=data/camvid

Takes fcn_train.py's flags, --processes=N (default 2) for how many and --steps (default 15) for how
many steps are timed. The three ways take turns, ROUNDS times, each in processes of its own:
one process on one core; one on all cores, with the batch of all; N that share the cores. Needs
horovod (docs/parallel.md).
"""
import os
import statistics
import subprocess
import sys
import time

import common

import fcn_train
from utils.errors import UserError, run_script
from utils.machine import usable_cores
from utils.runs.flags import parse_flags
from utils.runs.train_flags import TrainFlags
from utils.tf_compat import tf
from utils.train.build import build
from utils.train.parallel.launch import join
from utils.train.session import session_config

ROUNDS = 3
_WARM_UP = 3
#: Tells a process that it is to be timed: how many cores it may use at first.
_CORES = "SLIMSEG_SCALING_CORES"


def time_steps(argv):
    """What a timed process does: prints images/s of all processes, if it is the first."""
    os.sched_setaffinity(0, usable_cores()[:int(os.environ[_CORES])])
    world = join()
    prepared = fcn_train.prepare(argv, world)
    flags = prepared.flags
    built = build(prepared, 0, world)
    with tf.Session(graph=built.graph, config=session_config(flags.repeatable)) as session:
        session.run(built.init)
        built.train_graph.begin(session)
        for _ in range(_WARM_UP):
            built.train_graph.run_step(session)
        begin = time.time()
        for _ in range(flags.steps):
            built.train_graph.run_step(session)
        seconds = time.time() - begin
    if world.rank == 0:
        print(f"speed {flags.steps * flags.images_per_step / seconds}")


def speed(argv, processes, cores):
    """Images/s of so many processes that share so many cores."""
    words = [sys.executable, os.path.abspath(__file__)] + argv
    if processes > 1:
        launcher = os.path.join(os.path.dirname(sys.executable), "horovodrun")
        words = [launcher, "--gloo", "-np", str(processes), "-H",
                 f"localhost:{processes}"] + words
    done = subprocess.run(words, env=dict(os.environ, **{_CORES: str(cores)}),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    found = [line.split("speed ")[1] for line in lines if "speed " in line]
    if done.returncode or not found:
        raise UserError("{} failed: {}".format(" ".join(words), " | ".join(lines[-5:])))
    return float(found[0])


def main(argv):
    if _CORES in os.environ:
        return time_steps(argv)
    flags, _ = parse_flags(TrainFlags, argv, __doc__)
    processes, cores = max(flags.processes, 2), len(usable_cores())
    argv = [word for word in argv if not word.startswith("--processes")]
    argv += ["--gpu=-1", f"--steps={flags.steps or 15}"]
    all_images = f"--batch_size={processes * flags.batch_size}"
    one_core = f"1 process, 1 core, batch {flags.batch_size}"
    one = f"1 process, {cores} cores, batch {processes * flags.batch_size}"
    several = f"{processes} processes on {cores} cores, batch {flags.batch_size} each"
    ways = {one_core: (argv, 1, 1), one: (argv + [all_images], 1, cores),
            several: (argv, processes, cores)}
    speeds = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            speeds[name].append(speed(*way))
    print(f"TensorFlow {tf.__version__}, {flags.basenet}, {flags.pixels} px, {ROUNDS} rounds; "
          "images/s, median (min - max):")
    for name, found in speeds.items():
        print(f"{name:40} {common.spread(found)}")
    median = {name: statistics.median(found) for name, found in speeds.items()}
    print(f"{processes} processes, of 1 on the same cores: {median[several] / median[one]:.2f}; of "
          f"{processes} times 1 on 1 core: {median[several] / median[one_core] / processes:.2f}")


if __name__ == "__main__":
    run_script(main)
