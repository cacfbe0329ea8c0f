#!/usr/bin/env python
"""Peak memory of training steps by each loss, beside those by cross entropy.

    python benchmarks/loss_memory.py --from_scratch --datapath=data/camvid

Takes loss_speed.py's flags. Each loss of --losses has a process of its own, which takes two steps
by compute alone, on a batch that lies in variables; its peak is of the whole process, TensorFlow
included.
"""
import dataclasses
import os
import subprocess
import sys

import common
import loss_speed
import train_speed

from utils.costs import memory
from utils.data import records
from utils.errors import UserError, run_script
from utils.tf_compat import tf

#: Tells a process the loss that it is to be measured by.
_MEASURED = "SLIMSEG_LOSS_MEASURED"


def measure(flags):
    """What a measured process does: takes steps, and prints the peak, MB."""
    info = records.open_dataset(flags.datapath, flags.dataset_family)
    flags = dataclasses.replace(flags, loss=os.environ[_MEASURED], steps=1)
    loss_speed.Steps(flags, info, train_speed.first_batch(flags, info))
    print(f"{memory.peak_bytes() / 1e6:.0f}")


def peak(loss, argv):
    """Returns the peak, MB, of a process of its own."""
    done = subprocess.run([sys.executable, os.path.abspath(__file__)] + argv,
                          env=dict(os.environ, **{_MEASURED: loss}), stdout=subprocess.PIPE)
    if done.returncode:
        raise UserError(f"{loss}: exit code {done.returncode}")
    return float(done.stdout.split()[-1])


def main(argv):
    argv = [common.absolute(word) for word in argv]
    flags = common.train_flags(loss_speed.Flags, argv, __doc__)
    if _MEASURED in os.environ:
        return measure(flags)
    plain = peak("cross_entropy", argv)
    print(f"TensorFlow {tf.__version__}, {flags.basenet}, batch {flags.batch_size}, {flags.pixels} "
          f"px; peak with cross entropy {plain:.0f} MB, and what each loss takes more")
    for loss in flags.losses.split(","):
        more = peak(loss, argv) - plain
        print(f"{loss:24s}{more:+6.0f} MB {100 * more / plain:+6.1f} %", flush=True)


if __name__ == "__main__":
    run_script(main)
