"""A split: its files and what the data set says of them."""
import pytest

from utils.data.records import open_split
from utils.data.sidecar import DatasetInfo, SplitInfo
from utils.data.split import Split
from utils.errors import UserError

INFO = DatasetInfo("folder", ("a", "b"), ((0, 0, 0), (9, 9, 9)), {
    "validation": SplitInfo("validation", 7, (1, 2), (1, 1), 0, {"1x3": 1}, "5ha")},
    raw_pixels=True)


def test_what_a_split_tells(tmp_path):
    for shard in (1, 0):
        (tmp_path / f"validation-0000{shard}-of-00002.tfrecords").write_bytes(b"")
    split = open_split(str(tmp_path), "val", INFO)
    assert split == Split("validation", tuple(
        str(tmp_path / f"validation-0000{shard}-of-00002.tfrecords") for shard in (0, 1)), INFO)
    assert (split.count, split.sha256, split.raw_pixels) == (7, "5ha", True)
    assert split.folder == str(tmp_path)


def test_a_split_that_is_not_there_is_told(tmp_path):
    (tmp_path / "test.tfrecords").write_bytes(b"")
    with pytest.raises(UserError, match="no records of the split 'validation'; it has test"):
        open_split(str(tmp_path), "validation", INFO)
    with pytest.raises(UserError, match="the dataset has no split 'test': it has validation"):
        open_split(str(tmp_path), "test", INFO).count  # noqa: B018
