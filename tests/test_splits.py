"""Every command takes the names that people give splits."""
import pytest

import fcn_data
import fcn_export
import fcn_report
import fcn_test
from utils.costs.flags import NetsFlags
from utils.data.splits import canonical_split
from utils.errors import UserError
from utils.runs.flags import parse_flags

_NAMES = {"train": "training", "training": "training", "val": "validation", "valid": "validation",
          "validation": "validation", "test": "test"}


@pytest.mark.parametrize("flags_type", [
    fcn_report.Flags, fcn_test.Flags, fcn_export.Flags, fcn_data.DescribeFlags, NetsFlags])
def test_all_names_of_a_split_are_taken_by_all_commands(flags_type):
    for name, split in _NAMES.items():
        assert parse_flags(flags_type, ["--split=" + name], "")[0].split == split
    with pytest.raises(UserError, match="--split: unknown split 'dev': choose one of tr"):
        parse_flags(flags_type, ["--split", "dev"], "")


def test_names_of_splits():
    assert {name: canonical_split(name) for name in _NAMES} == _NAMES
