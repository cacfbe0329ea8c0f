"""An export's folder: whole, or as it was."""
import os

import pytest

from utils.errors import UserError
from utils.export.folder import new_export_folder, size_of, write_card


def write(folder, text):
    with new_export_folder(folder) as beside:
        write_card(beside, {"text": text})
        with open(os.path.join(beside, text), "w") as file:
            file.write(text)


def test_takes_the_place_of_an_earlier_export(tmp_path):
    folder = str(tmp_path / "export")
    write(folder, "first")
    write(folder, "second")
    assert sorted(os.listdir(folder)) == ["card.json", "second"]
    assert os.listdir(str(tmp_path)) == ["export"]
    assert size_of(folder) == 6 + size_of(os.path.join(folder, "card.json"))


def test_after_an_error_all_is_as_before(tmp_path):
    folder = str(tmp_path / "export")
    write(folder, "first")
    with pytest.raises(RuntimeError):
        with new_export_folder(folder) as beside:
            write_card(beside, {})
            raise RuntimeError()
    assert sorted(os.listdir(folder)) == ["card.json", "first"]
    assert os.listdir(str(tmp_path)) == ["export"]


def test_never_replaces_what_is_no_export(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.png").write_text("cat")
    with pytest.raises(UserError, match="photos: exists and is not an export"):
        write(str(tmp_path / "photos"), "first")
    assert os.listdir(str(tmp_path / "photos")) == ["cat.png"]
