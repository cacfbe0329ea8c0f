"""Videos in and out, on clips that ffmpeg makes."""
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from tests.evaluate import clips, nets
from tests.evaluate.test_segmenter import open_segmenter
from utils.errors import UserError
from utils.evaluate import ffmpeg, movie
from utils.evaluate.movie import segment_movie


class Halves:
    """A stand-in for a `Segmenter`: class 0 on the left, class 2 on the right; counts frames."""

    def __init__(self):
        self.shapes = []

    def predict(self, images):
        self.shapes += [image.shape for image in images]
        columns = [np.arange(image.shape[1]) * 2 // image.shape[1] * 2 for image in images]
        return [np.broadcast_to(one, image.shape[:2]).astype(np.uint8)
                for one, image in zip(columns, images)]


def segmented(source, tmp_path, **options):
    """(path of the result, `Movie`, shapes of the frames that were segmented)."""
    net, target = Halves(), str(tmp_path / "out" / "result.mp4")
    os.makedirs(os.path.dirname(target))
    made = segment_movie(net, str(source), target, nets.PALETTE, **options)
    assert os.listdir(os.path.dirname(target)) == ["result.mp4"]
    return target, made, net.shapes


def test_frames_size_and_speed_stay_and_colours_are_laid_over(tmp_path):
    label = np.repeat([[0, 2]], 48, 0).repeat(32, 1).astype(np.uint8)
    raw = tmp_path / "frames.rgb"
    raw.write_bytes(nets.paint(label).tobytes() * 11)
    source = str(tmp_path / "drive.mp4")
    clips.call("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "64x48", "-framerate", "5",
               "-i", str(raw), "-c:v", "libx264", "-pix_fmt", "yuv420p", source)
    segmenter = open_segmenter(tmp_path, nets.red_net, (48, 64))
    target, seen = str(tmp_path / "out.mp4"), []
    made = segment_movie(segmenter, source, target, nets.PALETTE, batch_size=4,
                         progress=lambda *counts: seen.append(counts))
    assert seen == [(4, 11), (8, 11), (11, 11)]
    assert made == movie.Movie(11, (48, 64), 2.2, True, False, [])
    assert movie.describe(made) == "11 frames of 64x48, 2.20 s, 5 frames/s"
    frames = clips.pictures(target, 64, 48)
    left, right = (frames[5][8:40, columns].reshape(-1, 3).mean(0)
                   for columns in (slice(4, 26), slice(38, 60)))
    # .45 of the image and .55 of black and of blue.
    np.testing.assert_allclose(left, [18, 40.5, 40.5], atol=8)
    np.testing.assert_allclose(right, [72, 40.5, 181], atol=12)


@pytest.mark.parametrize("name, codec, base", [
    ("a.mp4", "libx264", "1:90000"), ("a.webm", "libvpx", "1:1000"), ("a.gif", "gif", "1:100"),
    ("a.flv", "flv", "1:1000"), ("a.mkv", "ffv1", "1:1000")])
def test_every_frame_of_a_variable_rate_keeps_its_time(tmp_path, name, codec, base):
    source = clips.make_variable(tmp_path / name, codec, base)
    target, made, shapes = segmented(source, tmp_path, batch_size=4)
    assert made.frames == len(shapes) == len(clips.times(source)) >= 14 and not made.constant
    np.testing.assert_allclose(clips.times(target), clips.times(source), atol=.0006)
    assert clips.described(target)[0] == pytest.approx(made.seconds, abs=.011)
    assert made.seconds == pytest.approx(clips.described(source)[0], abs=.051)
    assert "on average (variable)" in movie.describe(made)


def test_a_last_picture_that_stays_keeps_its_length(tmp_path):
    from PIL import Image
    frames = [Image.new("RGB", (64, 48), (60 * index, 0, 0)) for index in range(4)]
    path = str(tmp_path / "slides.gif")
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=[100, 1000, 200, 3000])
    target, made, _ = segmented(path, tmp_path)
    assert made.frames == 4 and made.seconds == pytest.approx(4.3)
    assert clips.described(target)[0] == pytest.approx(4.3, abs=.011)
    np.testing.assert_allclose(clips.times(target), [0, .1, 1.1, 1.3], atol=.0006)


H264 = ("-c:v", "libx264", "-pix_fmt", "yuv420p")


@pytest.mark.parametrize("name, options, sound", [
    ("a.webm", ("-c:v", "libvpx", "-c:a", "libopus"), True),
    ("a.flv", ("-c:v", "flv", "-c:a", "libmp3lame", "-ar", "44100"), True),
    ("a.ts", H264 + ("-c:a", "aac"), True), ("a.mpg", ("-c:v", "mpeg1video",), False),
    ("a.avi", ("-c:v", "mpeg4", "-c:a", "pcm_s16le"), True),
    ("a.wmv", ("-c:v", "wmv2", "-c:a", "wmav2"), True), ("a.mov", ("-c:v", "prores"), False),
    ("a.3gp", ("-c:v", "mpeg4"), False), ("ten bits.mkv", ("-c:v", "ffv1", "-pix_fmt",
                                                          "yuv420p10le"), False)])
def test_whatever_comes_in_an_mp4_that_plays_everywhere_comes_out(tmp_path, name, options, sound):
    source = clips.make(tmp_path / name, *options, sound=sound)
    target, made, _ = segmented(source, tmp_path)
    assert made.frames == 25 and made.constant and made.sound == sound and made.notes == []
    np.testing.assert_allclose(clips.times(target), clips.times(source), atol=.0006)
    seconds, streams = clips.described(target)
    assert seconds == pytest.approx(1, abs=.09)  # sound comes in blocks
    assert "h264" in streams[0] and "yuv420p" in streams[0] and "64x48" in streams[0]
    assert len(streams) == 1 + sound and ("aac" in streams[-1]) == sound
    with open(target, "rb") as file:
        data = file.read()
    assert data.index(b"moov") < data.index(b"mdat")  # a browser shows it before it has all


def test_a_turned_video_stands_upright(tmp_path):
    source = clips.make(tmp_path / "phone.mp4", "-c:v", "mpeg4")
    with open(source, "rb") as file:
        data = file.read()
    upright = bytes.fromhex("00010000" + "00000000" * 3 + "00010000" + "00000000" * 3 + "40000000")
    turned = bytes.fromhex("00000000" "00010000" "00000000" "ffff0000" "00000000" "00000000"
                           "00300000" "00000000" "40000000")
    where = data.index(upright, data.index(b"tkhd"))
    with open(source, "wb") as file:
        file.write(data[:where] + turned + data[where + len(upright):])
    target, made, shapes = segmented(source, tmp_path)
    assert set(shapes) == {(64, 48, 3)} and made.size == (64, 48)
    assert "48x64" in clips.described(target)[1][0]


@pytest.mark.parametrize("ratio, size", [("2/1", (48, 128)), ("1/2", (96, 64))])
def test_pixels_become_square(tmp_path, ratio, size):
    source = clips.make(tmp_path / "a.mp4", "-c:v", "mpeg4", "-vf", "setsar=" + ratio)
    assert segmented(source, tmp_path)[1].size == size


def test_odd_sides_get_one_pixel_more(tmp_path):
    source = clips.make(tmp_path / "a.mkv", "-c:v", "ffv1", size="65x49", rate="30000/1001")
    target, made, shapes = segmented(source, tmp_path)
    assert shapes[0] == (49, 65, 3) and made.size == (50, 66) and made.frames == 30
    assert "30 frames of 66x50" in movie.describe(made)
    frame = clips.pictures(target, 66, 50)[0].astype(int)
    assert np.abs(frame[49] - frame[48]).mean() < 10


def test_transparent_parts_lie_on_white(tmp_path):
    clear = "format=rgba,colorchannelmixer=aa=0"
    source = clips.make(tmp_path / "a.mov", "-vf", clear, "-c:v", "qtrle")
    target, _, _ = segmented(source, tmp_path)
    left = clips.pictures(target, 64, 48)[5][8:40, 4:26].mean()
    assert left == pytest.approx(.45 * 255, abs=4)  # white under .55 of black


def test_sound_that_begins_before_the_picture_still_does(tmp_path):
    plain = clips.make(tmp_path / "a.mkv", "-c:v", "mpeg4", "-c:a", "aac", sound=True)
    late = str(tmp_path / "late.mkv")
    clips.call("-itsoffset", "0.5", "-i", plain, "-i", plain, "-map", "0:v", "-map", "1:a",
               "-c", "copy", late)
    target, made, _ = segmented(late, tmp_path)
    assert made.seconds == pytest.approx(1) and made.sound
    said = clips.call(*(["-i", target, "-map", "0:v", "-vf", "showinfo"] + clips.passthrough()
                        + ["-f", "null", "-"]))
    assert float(said.split("pts_time:")[1].split()[0]) == pytest.approx(.5, abs=.03)


def test_a_legend_below_the_frames(tmp_path):
    from utils.drawing.panel import legend_strip
    source = clips.make(tmp_path / "a.avi", "-c:v", "mpeg4")
    target, made, shapes = segmented(
        source, tmp_path, legend=lambda width: legend_strip(nets.NAMES, nets.PALETTE, width))
    strip = legend_strip(nets.NAMES, nets.PALETTE, 64)
    height = 48 + strip.shape[0] + strip.shape[0] % 2
    assert shapes[0] == (48, 64, 3) and made.size == (height, 64)
    below = clips.pictures(target, 64, height)[3][48:48 + strip.shape[0]]
    assert np.abs(below.astype(int) - strip).mean() < 12


# ---- what goes wrong ----

def test_a_cut_file_gives_what_it_has_and_a_note(tmp_path):
    whole = clips.make(tmp_path / "whole.avi", "-c:v", "mpeg4", size="320x240", seconds="6")
    data = (tmp_path / "whole.avi").read_bytes()
    cut = tmp_path / "cut.avi"
    cut.write_bytes(data[:len(data) // 2])
    _, made, _ = segmented(cut, tmp_path)
    assert 10 < made.frames < len(clips.times(whole))
    assert made.notes and made.notes[0].startswith("ffmpeg found the file damaged (")


def mistakes(tmp_path):
    """{name: the message that a file of this name shall give}."""
    (tmp_path / "text.mp4").write_text("no video at all")
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "folder.mp4").mkdir()
    clips.call("-f", "lavfi", "-i", "sine=duration=1", str(tmp_path / "song.m4a"))
    whole = clips.make(tmp_path / "whole.mp4", "-c:v", "mpeg4")
    with open(whole, "rb") as file:
        (tmp_path / "cut.mp4").write_bytes(file.read()[:4000])
    return {"text.mp4": r"not a video that ffmpeg can read \(moov atom not found\)",
            "empty.mp4": "the file is empty", "folder.mp4": "this is a folder; expected one video",
            "song.m4a": "there is no video in this file, only sound",
            "cut.mp4": r"not a video that ffmpeg can read \(moov atom not found\)",
            "gone.mp4": "no such file"}


def test_each_mistake_is_one_line_and_leaves_nothing(tmp_path):
    (tmp_path / "out").mkdir()
    for name, message in mistakes(tmp_path).items():
        with pytest.raises(UserError, match=f"--moviepath=.*{name}: {message}") as caught:
            segment_movie(Halves(), str(tmp_path / name), str(tmp_path / "out" / "a.mp4"),
                          nets.PALETTE)
        assert "\n" not in str(caught.value) and os.listdir(str(tmp_path / "out")) == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_nothing_stays_behind_an_interrupt(tmp_path, monkeypatch, error):
    source = clips.make(tmp_path / "a.avi", "-c:v", "mpeg4", size="640x480", seconds="4")
    started, threads = [], threading.active_count()

    class Kept(subprocess.Popen):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            started.append(self)
    monkeypatch.setattr(ffmpeg.subprocess, "Popen", Kept)

    class Interrupted(Halves):
        def predict(self, images):
            if len(self.shapes) > 8:
                raise error
            return super().predict(images)
    (tmp_path / "out").mkdir()
    with pytest.raises(error):
        segment_movie(Interrupted(), source, str(tmp_path / "out" / "a.mp4"), nets.PALETTE)
    assert os.listdir(str(tmp_path / "out")) == [] and threading.active_count() == threads
    assert len(started) >= 3 and all(process.returncode is not None for process in started)


def test_sigterm_is_an_interrupt_for_a_while():
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), movie.interrupted_by_sigterm():
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)
    assert signal.getsignal(signal.SIGTERM) == before


def test_an_encoder_that_fails_gives_its_reason(tmp_path):
    source = clips.make(tmp_path / "a.avi", "-c:v", "mpeg4")
    with pytest.raises(UserError, match="a.mp4 cannot be written .*No such file or"):
        segment_movie(Halves(), source, str(tmp_path / "no folder" / "a.mp4"), nets.PALETTE)


def test_a_missing_ffmpeg_is_one_clear_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    monkeypatch.setattr(ffmpeg.shutil, "which", lambda name: None)
    with pytest.raises(UserError, match="pip install imageio-ffmpeg"):
        segment_movie(None, "drive.mp4", "out.mp4", nets.PALETTE)


# ---- times ----

def test_times_go_forward_whatever_the_file_says():
    from fractions import Fraction as F

    from utils.evaluate.movie_files import in_order
    told, found = [F(0), F(1), None, F(1), F(5), F(5), F(6)], []
    for seconds in told:
        found.append(in_order(seconds, found[-1] if found else None, F(1)))
    assert found == [0, 1, 2, 3, 5, F(51, 10), 6]
    assert in_order(None, None, F(1)) == 0 and in_order(F(-1, 2), None, F(1)) == 0
