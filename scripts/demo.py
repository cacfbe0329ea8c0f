"""Runs what `make demo` does: the commands that a user would type, on a small dataset.

    python -m scripts.demo
"""
import os
import shlex
import subprocess
import sys
from typing import Sequence

import numpy as np

from utils.data.sidecar import SIDECAR, read_info
from utils.errors import UserError, run_script
from utils.evaluate.results import load_result
from utils.measures import confusion
from utils.runs.run_folder import RUNS_DIR, RunFolder

SOURCE, RECORDS = "data/shapes_source", "data/shapes"
CONVERT = ["fcn_data.py", "convert", "--dataset_family=shapes", "--source=" + SOURCE,
           "--datapath=" + RECORDS, "--counts=1000,100,200"]
TRAIN = ["fcn_train.py", "--name=demo", "--datapath=" + RECORDS, "--from_scratch", "--seed=1",
         "--basenet=mobilenet_v1", "--depth_multiplier=0.5", "--extended_arch=LinkNet",
         "--pixels=64", "--random_scale=0.8,1.3", "--bn_decay=0.95", "--learnrate=0.012",
         "--batch_size=8", "--steps=2000", "--eval_every=400"]
PICTURES = 8
PAGE = "explore.html"


def run(command: Sequence[str], python: str = sys.executable) -> None:
    """Shows a command as the user would type it, and runs it.

    Raises:
      UserError: it failed, having said why itself.
    """
    print("\n$ python " + " ".join(shlex.quote(word) for word in command), flush=True)
    if subprocess.call([python] + list(command)):
        raise UserError("the demo ends here: the command above failed")


def newest_run(name: str, root: str = RUNS_DIR) -> RunFolder:
    """Finds the `RunFolder` of the last run that was given a name."""
    numbers = [int(folder[len(name) + 2:]) for folder in os.listdir(root)
               if folder.startswith(name + "__") and folder[len(name) + 2:].isdigit()]
    return RunFolder(os.path.join(root, f"{name}__{max(numbers)}"))


def constant_miou(matrix: np.ndarray, predicted: int) -> float:
    """Computes the mIoU of always predicting one class.

    Args:
      matrix: int64 [C, C], rows truth: what was tested, whatever was predicted.
      predicted: index of the class.
    """
    constant = np.zeros_like(matrix)
    constant[:, predicted] = matrix.sum(axis=1)
    return confusion.scores(constant).mean_iou


def report(folder: RunFolder) -> None:
    """Prints what came out, beside always predicting the class that is commonest in training."""
    result = load_result(os.path.join(folder.test, "test"))
    commonest = int(np.argmax(read_info(RECORDS).class_frequencies("training")))
    print(f"\nmIoU on the test split   {result.scores.mean_iou:.3f}\nalways "
          f"'{result.class_names[commonest]}'      {constant_miou(result.matrix, commonest):.3f}")
    print("run folder               {}\npictures                 {}\nits page                 {}"
          .format(folder.path, os.path.join(folder.test, "pictures"),
                  os.path.join(folder.path, PAGE)))
    print(f"watch it                 {os.path.relpath(sys.executable)} -m tensorboard.main "
          "--logdir=tboards")
    activate = os.path.join(os.path.dirname(os.path.relpath(sys.executable)), "activate")
    if os.path.exists(activate):
        print(f"your own commands        source {activate}, then python fcn_train.py ...")


def main(argv: Sequence[str]) -> None:
    """Makes the demo: dataset, training, test, pictures, page."""
    if argv:
        raise UserError("got {}, expected no arguments".format(" ".join(argv)))
    print(f"python is {os.path.relpath(sys.executable)}")
    if os.path.exists(os.path.join(RECORDS, SIDECAR)):
        print(f"{RECORDS} is there from before (make clean removes it)")
    else:
        run(CONVERT)
    run(TRAIN)
    folder = newest_run("demo")
    run(["fcn_test.py", "--traindir=" + folder.path, "--split=test"])
    run(["fcn_test.py", "--traindir=" + folder.path, "--split=test", "--first2viz=0",
         f"--last2viz={PICTURES - 1}"])
    run(["fcn_report.py", "runs", folder.path])
    run(["fcn_explore.py", "extract", folder.path, "--split=test"])
    run(["fcn_explore.py", "html", folder.path, "--out=" + os.path.join(folder.path, PAGE)])
    subprocess.check_call(["tboards/createlinks"])
    report(folder)


if __name__ == "__main__":
    run_script(main)
