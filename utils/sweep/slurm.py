"""An array script for Slurm, one task for each run of a sweep."""
import os
import sys
from typing import List, Sequence

from utils.files import write_text
from utils.sweep.plan import SweepFolder

_SCRIPT = """#!/usr/bin/env bash
#SBATCH --job-name={name}
#SBATCH --array={array}
#SBATCH --output={logs}/%03a.log
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=TERM@120
{resources}
# Each task makes run number SLURM_ARRAY_TASK_ID, or goes on with it: requeued tasks lose nothing,
# and submitting the script again makes what is missing. All nodes must see this folder.
cd {cwd} || exit 1
exec {python} {script} task {name} "$SLURM_ARRAY_TASK_ID"
"""


def slurm_script(folder: SweepFolder, numbers: Sequence[int], script: str, cpus: float = 0.0,
                 gpus: float = 0.0) -> str:
    """Writes tmp/sweeps/<name>/slurm.sh.

    Args:
      folder: the `SweepFolder`.
      numbers: of the runs that are due, ascending.
      script: path of fcn_sweep.py.
      cpus, gpus: of each task; 0 leaves the cluster's default.

    Returns:
      its path.
    """
    resources = [f"#SBATCH --cpus-per-task={cpus:.0f}"] if cpus else []
    resources += [f"#SBATCH --gpus-per-task={gpus:.0f}"] if gpus else []
    path = os.path.join(folder.path, "slurm.sh")
    write_text(path, _SCRIPT.format(
        name=folder.name, array=array_words(numbers), logs=os.path.dirname(folder.log(0)),
        resources="\n".join(resources), cwd=_quoted(os.getcwd()), python=_quoted(sys.executable),
        script=_quoted(script)))
    return path


def array_words(numbers: Sequence[int]) -> str:
    """Writes rising numbers as Slurm takes them.

    >>> array_words([0, 1, 2, 5, 7, 8])
    '0-2,5,7-8'
    """
    spans: List[List[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ",".join("{}-{}".format(*span) if span[0] < span[1] else str(span[0]) for span in spans)


def _quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"
