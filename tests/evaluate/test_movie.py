"""Videos in and out, on one that the test writes."""
import os
import sys

import numpy as np
import pytest

from tests.evaluate import nets
from tests.evaluate.test_segmenter import open_segmenter
from utils.errors import UserError
from utils.evaluate.movie import segment_movie

FRAMES, FPS = 11, 5


@pytest.fixture
def movie(tmp_path):
    """A video whose left half is class 0 and whose right half is class 2."""
    imageio = pytest.importorskip("imageio.v2")
    pytest.importorskip("imageio_ffmpeg")
    path = str(tmp_path / "drive.mp4")
    label = np.repeat([[0, 2]], 48, 0).repeat(32, 1).astype(np.uint8)
    with imageio.get_writer(path, "ffmpeg", fps=FPS, macro_block_size=2) as writer:
        for _ in range(FRAMES):
            writer.append_data(nets.paint(label))
    return path


def test_frames_size_and_speed_stay_and_colours_are_laid_over(movie, tmp_path):
    import imageio.v2 as imageio
    segmenter = open_segmenter(tmp_path, nets.red_net, (48, 64))
    target, seen = str(tmp_path / "out.mp4"), []
    assert segment_movie(segmenter, movie, target, nets.PALETTE, batch_size=4,
                         progress=lambda *counts: seen.append(counts)) == FRAMES
    assert [done for done, _ in seen] == [4, 8, 11]
    with imageio.get_reader(target, "ffmpeg") as reader:
        frames = [frame for frame in reader]  # its len() is infinite
        assert reader.get_meta_data()["fps"] == FPS
    assert len(frames) == FRAMES and frames[0].shape == (48, 64, 3)
    left, right = (frames[5][8:40, columns].reshape(-1, 3).mean(0)
                   for columns in (slice(4, 26), slice(38, 60)))
    # .45 of the image and .55 of black and of blue.
    np.testing.assert_allclose(left, [18, 40.5, 40.5], atol=12)
    np.testing.assert_allclose(right, [72, 40.5, 181], atol=25)
    assert sorted(os.listdir(str(tmp_path)))[:2] == ["drive.mp4", "fcn.ckpt.data-00000-of-00001"]
    assert not [name for name in os.listdir(str(tmp_path)) if ".part" in name]


def test_a_file_that_is_no_video_is_told_and_leaves_nothing(tmp_path):
    pytest.importorskip("imageio_ffmpeg")
    path = tmp_path / "broken.mp4"
    path.write_bytes(b"no video at all")
    with pytest.raises(UserError, match="broken.mp4: not a video"):
        segment_movie(None, str(path), str(tmp_path / "out.mp4"), nets.PALETTE)
    assert os.listdir(str(tmp_path)) == ["broken.mp4"]
    with pytest.raises(UserError, match="gone.mp4: no such file"):
        segment_movie(None, str(tmp_path / "gone.mp4"), "out.mp4", nets.PALETTE)


@pytest.mark.parametrize("missing", ["imageio", "imageio_ffmpeg"])
def test_a_missing_dependency_is_one_clear_line(monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(UserError, match="pip install imageio imageio-ffmpeg"):
        segment_movie(None, "drive.mp4", "out.mp4", nets.PALETTE)
