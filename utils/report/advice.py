"""What to run next, in words that can be pasted into a shell."""
import dataclasses
import re
import shlex

from utils.runs.flags import from_dict
from utils.runs.train_flags import TrainFlags

_NOT_OF_A_CONFIGURATION = ("seed", "seed_init", "seed_order", "seed_augment", "name", "resume")


def test_command(record, split, result=""):
    """The fcn_test.py command that makes a result.

    Args:
      split: that is tested.
      result: the rest of its file's name: "", "best", "3000", "best_384x384", "native", "first20".
    """
    words = ["python fcn_test.py --traindir={} --split={}".format(
        shlex.quote(record.folder.path), split)]
    for part in filter(None, result.split("_")):
        if part == "best":
            words.append("--checkpoint=best")
        elif part.isdigit():
            words.append("--afteriter=" + part)
        elif re.match(r"first\d+$", part):
            words.append("--num_images=" + part[len("first"):])
        elif re.match(r"\d+x\d+$|native$", part):
            words.append("--pixels=" + part.replace("native", "0"))
    return " ".join(words)


def more_seeds(configuration):
    """The fcn_train.py command that adds a run with a new seed to a configuration."""
    args = from_dict(TrainFlags, configuration.records[-1].args)
    words = [_flag(field.name, getattr(args, field.name)) for field in dataclasses.fields(args)
             if field.name not in _NOT_OF_A_CONFIGURATION
             and getattr(args, field.name) != field.default]
    used = [seed for record in configuration.records for seed in record.seeds if seed is not None]
    return " ".join(["python fcn_train.py"] + words + ["--seed={}".format(max(used + [0]) + 1)])


def _flag(name, value):
    if isinstance(value, bool):
        return "--{}{}".format("" if value else "no-", name)
    return "--{}={}".format(name, shlex.quote(str(value)))
