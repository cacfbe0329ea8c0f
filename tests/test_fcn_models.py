"""fcn_models.py: what it prints, and its messages."""
import re
import shutil

import numpy as np
import pytest
from PIL import Image

import fcn_models
from archs.extractors import class_names
from tests.shared import shared_data
from utils.data.image_files import load_image_file, load_images
from utils.errors import UserError


def test_list(tmp_path, capsys):
    (tmp_path / "vgg_16.ckpt").write_bytes(b"")
    fcn_models.main(["list", "--modelspath", str(tmp_path)])
    lines = capsys.readouterr().out.splitlines()
    assert "vgg_16   (also: vgg, vgg16)" in lines
    assert "  checkpoint  vgg_16.ckpt: {}".format(tmp_path / "vgg_16.ckpt") in lines
    assert f"  checkpoint  resnet_v1_50.ckpt: not in {tmp_path}" in lines
    assert "  features    stride 2: 16 channels, stride 4: 24 channels, stride 8: 32 channels, " \
        "stride 16: 96 channels, stride 32: 1280 channels" in lines


def test_classify_names_classes_and_passes_over_what_is_no_image(tmp_path, capsys):
    expected = {"cat_1280x720.jpg": "tabby|Egyptian cat|tiger cat", "parrot_512x929.jpg": "macaw",
                "dog_768x576.jpg": "[a-z ]+", "cmyk_640x424.jpg": "[A-Za-z ]+"}
    for name in expected:
        shutil.copy(shared_data("photos", name), str(tmp_path))
    (tmp_path / "broken.png").write_bytes(b"nonsense")
    code = fcn_models.main(["classify", "--basenet=mobilenet", "--top=1", "--modelspath",
                            shared_data("models"), "--imagepath", str(tmp_path) + "/"])
    first, *lines = capsys.readouterr().out.splitlines()
    assert code == 1 and first.startswith("restored 137 of 137")
    assert lines[-1].startswith("left out: {}: ".format(tmp_path / "broken.png"))
    assert len(lines) == len(expected) + 1
    for (name, best), line in zip(sorted(expected.items()), lines):
        assert re.match(rf"{name}: ({best}) \d\.\d", line), line


def test_classify_with_other_names_and_a_checkpoint_named_by_a_file(tmp_path, capsys):
    labels = tmp_path / "labels.txt"
    labels.write_text("\n".join(f"name {index}" for index in range(-1, 1000)))
    models = shared_data("models", "mobilenet_v1_1.0_224.ckpt.data-00000-of-00001")
    assert not fcn_models.main(["classify", "--modelspath", models, "--top=1", "--labels",
                                str(labels), "--imagepath",
                                shared_data("photos", "parrot_512x929.jpg")])
    assert "\nparrot_512x929.jpg: name 88 1.000" in capsys.readouterr().out


def test_the_order_of_the_classes():
    names = class_names()
    assert len(names) == len(set(names)) == 1000
    assert [names[index] for index in (0, 88, 281, 339, 751, 920, 999)] == [
        "tench", "macaw", "tabby", "sorrel", "racer", "traffic light", "toilet tissue"]


@pytest.mark.parametrize("mode,size", [("L", (40, 300)), ("CMYK", (300, 40)), ("RGBA", (31, 31))])
def test_images_of_every_kind(tmp_path, mode, size):
    path = str(tmp_path / ("x.jpg" if mode == "CMYK" else "x.png"))
    Image.new(mode, size).save(path)
    image = fcn_models.middle(load_image_file(path))
    assert image.shape == (224, 224, 3) and image.dtype == np.uint8


def test_mistakes(tmp_path):
    with pytest.raises(UserError, match="unknown command 'lst': choose one of list, classify"):
        fcn_models.main(["lst"])
    (tmp_path / "x.jpg").write_bytes(b"nonsense")
    with pytest.raises(UserError, match="not an image that can be read"):
        list(load_images([str(tmp_path / "x.jpg")], []))
    with pytest.raises(UserError, match="no file"):
        fcn_models.read_labels(str(tmp_path / "none.txt"))
    (tmp_path / "short.txt").write_text("cat\ndog\n")
    with pytest.raises(UserError, match="has 2 lines, expected 1000"):
        fcn_models.read_labels(str(tmp_path / "short.txt"))
