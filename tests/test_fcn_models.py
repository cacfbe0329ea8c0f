"""fcn_models.py: what it prints, and its messages."""
import numpy as np
import pytest
from PIL import Image

import fcn_models
from tests.shared import shared_data
from utils.errors import UserError


def test_list(tmp_path, capsys):
    (tmp_path / "vgg_16.ckpt").write_bytes(b"")
    fcn_models.main(["list", "--modelspath", str(tmp_path)])
    lines = capsys.readouterr().out.splitlines()
    assert "vgg_16   (also: vgg, vgg16)" in lines
    assert "  checkpoint  vgg_16.ckpt: {}".format(tmp_path / "vgg_16.ckpt") in lines
    assert "  checkpoint  resnet_v1_50.ckpt: not in {}".format(tmp_path) in lines
    assert "  features    stride 4: 24 channels, stride 8: 32 channels, stride 16: 96 channels, " \
        "stride 32: 1280 channels" in lines


def test_classify(tmp_path, capsys):
    labels = tmp_path / "labels.txt"
    labels.write_text("\n".join("name {}".format(index) for index in range(-1, 1000)))
    fcn_models.main(["classify", "--basenet=mobilenet", "--modelspath", shared_data("models"),
                     "--imagepath", shared_data("photos", "parrot_512x929.jpg"), "--top=1",
                     "--labels", str(labels)])
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("restored 137 of 137")
    assert second.startswith("parrot_512x929.jpg: name 88 ")


@pytest.mark.parametrize("mode,size", [("L", (40, 300)), ("CMYK", (300, 40)), ("RGBA", (31, 31))])
def test_images_of_every_kind(tmp_path, mode, size):
    path = str(tmp_path / ("x.jpg" if mode == "CMYK" else "x.png"))
    Image.new(mode, size).save(path)
    image = fcn_models.read_image(path)
    assert image.shape == (224, 224, 3) and image.dtype == np.uint8


def test_mistakes(tmp_path):
    with pytest.raises(UserError, match="unknown command 'lst': choose one of list, classify"):
        fcn_models.main(["lst"])
    with pytest.raises(UserError, match="expected an image or a folder"):
        fcn_models.list_images(str(tmp_path))
    (tmp_path / "x.jpg").write_bytes(b"nonsense")
    with pytest.raises(UserError, match="cannot be read as an image"):
        fcn_models.read_image(str(tmp_path / "x.jpg"))
    with pytest.raises(UserError, match="no file"):
        fcn_models.read_labels(str(tmp_path / "none.txt"))
    (tmp_path / "short.txt").write_text("cat\ndog\n")
    with pytest.raises(UserError, match="has 2 lines, expected 1000"):
        fcn_models.read_labels(str(tmp_path / "short.txt"))
