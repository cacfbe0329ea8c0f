"""Refinements of a test: flags, names and back; what they gain and cost."""
import os
import types

import numpy as np
import pytest

from utils.errors import UserError
from utils.evaluate.gain import Stopwatch, gain_lines, stored_result
from utils.evaluate.refinement import (
    PLAIN,
    Refinement,
    RefinementFlags,
    read_refinement,
    refinement_flags,
)
from utils.evaluate.results import Result, load_result, save_result
from utils.runs.flags import parse_flags
from utils.runs.result_name import ResultName, parse_stem, stored_results


def read(*words, pixels=""):
    flags, _ = parse_flags(RefinementFlags, list(words), "")
    return read_refinement(types.SimpleNamespace(pixels=pixels, **vars(flags)))


@pytest.mark.parametrize("words, refinement, name", [
    ([], PLAIN, ""), (["--scales=1"], PLAIN, ""), (["--scales=1.0", "--no-flip"], PLAIN, ""),
    (["--scales=1.25,0.75,1"], Refinement((.75, 1., 1.25)), "scales-0.75-1-1.25"),
    (["--scales=2", "--flip"], Refinement((2.,), True), "scales-2_flip"),
    (["--window=512"], Refinement(window=(512, 512), overlap=(128, 128)), "window-512x512-128"),
    (["--window=96x128", "--overlap=48", "--flip"],
     Refinement(flip=True, window=(96, 128), overlap=(48, 48)), "flip_window-96x128-48"),
    (["--window=64", "--overlap=0"], Refinement(window=(64, 64)), "window-64x64-0"),
    (["--min_area=50"], Refinement(min_area=50), "min-area-50")])
def test_flags_names_and_flags_again(words, refinement, name):
    assert read(*words) == refinement and "_".join(refinement.words) == name
    assert refinement.several_views == (refinement not in (PLAIN, Refinement(min_area=50)))
    for before in ("", "native", "ema_384x384_align-half_pixel"):
        changes = "_".join(filter(None, [before, name]))
        again = [word for flags in refinement_flags(changes) for word in flags.split()]
        assert read(*again) == refinement


@pytest.mark.parametrize("words, message", [
    (["--scales=0"], "--scales: got '0', expected different numbers from 0.1 to 8 with commas"),
    (["--scales=-1,1"], "--scales: got '-1,1'"), (["--scales=one"], "--scales: got 'one'"),
    (["--scales="], "--scales: got ''"), (["--scales=1,nan"], "--scales: got '1,nan'"),
    (["--scales=1,1.0"], "different numbers"), (["--scales=1,,2"], "--scales"),
    (["--window=big"], "--window: got 'big'"), (["--window=0"], "--window: got '0', expected a"),
    (["--window=64", "--overlap=64"], "--overlap=64: expected less than the window of 64x64"),
    (["--window=64x32", "--overlap=40"], "less than the window of 64x32"),
    (["--window=64", "--overlap=-3"], "--overlap: got '-3'"),
    (["--window=64", "--overlap=9x0"], "--overlap: got '9x0'"),
    (["--overlap=8"], "--overlap=8 is of windows: give --window too"),
    (["--min_area=-1"], "--min_area: got -1, expected at least 0"),
    (["--min_area=few"], "--min_area")])
def test_values_that_cannot_be_are_one_line(words, message):
    with pytest.raises(UserError, match=message) as caught:
        read(*words)
    assert "\n" not in str(caught.value)


def test_windows_and_another_size_contradict_each_other():
    with pytest.raises(UserError, match="--pixels=384 fits them into a size: leave one out"):
        read("--window=64", pixels="384")
    assert read("--window=64", pixels="0").window == (64, 64)


# ---- results ----

def result(shift=0, images=6, **meta):
    """A `Result` of two classes; more right pixels with more shift, by images."""
    right = 50 + 5 * np.arange(images) + shift * np.arange(1, images + 1)
    matrices = np.array([[[r, 100 - r], [100 - r, r]] for r in right], np.int64)
    return Result("test", ("a", "b"), tuple(f"image{n}" for n in range(images)),
                  np.full([images, 2], 10, np.int32), matrices,
                  dict(dict(split_sha256="abc", checkpoint="fcn.ckpt"), **meta))


def test_numbers_in_names_are_no_observers(tmp_path):
    """Two results of which one's name, up to a point, is that of the other."""
    names = [ResultName("test", changes=changes) for changes in (
        "", "scales-0.75-1", "scales-0.75-1.25", "scales-0.75-1_flip")]
    for number, name in enumerate(names):
        save_result(str(tmp_path), name, result(number))
        assert parse_stem(str(name)) == name
    (tmp_path / "test_scales-0.75-1.25.objects.npz").write_bytes(b"")
    assert sorted(map(str, stored_results(str(tmp_path)))) == sorted(map(str, names))
    for number, name in enumerate(names):
        for path in (name.path(str(tmp_path)), name.path(str(tmp_path), ending=".json"),
                     name.path(str(tmp_path), ending="")):
            np.testing.assert_array_equal(load_result(path).matrices, result(number).matrices)


def test_only_a_plain_result_of_these_images_and_weights_is_taken(tmp_path):
    path, prefix = str(tmp_path / "test.npz"), str(tmp_path / "fcn.ckpt")
    open(prefix + ".index", "w").close()
    os.utime(prefix + ".index", (1, 1))
    assert stored_result(path, prefix, "abc") is None
    save_result(str(tmp_path), ResultName("test"), result())
    assert stored_result(path, prefix, "abc").names == result().names
    assert stored_result(path, prefix, "other images") is None
    os.rename(prefix + ".index", prefix + "_8.index")
    assert stored_result(path, prefix + "_8", "abc") is None, "of another checkpoint"
    os.rename(prefix + "_8.index", prefix + ".index")
    os.utime(prefix + ".index")
    os.utime(path, (2, 2))
    assert stored_result(path, prefix, "abc") is None, "older than the weights"
    os.utime(prefix + ".index", (1, 1))
    with open(path, "wb") as file:
        file.write(b"damaged")
    assert stored_result(path, prefix, "abc") is None


def test_gain_and_cost_are_told():
    lines = gain_lines(result(3), result(), .5, .1).splitlines()
    gain = 100 * (result(3).scores.mean_iou - result().scores.mean_iou)
    assert lines[0].startswith(f"gain: {gain:+.2f} points of mIoU [+")
    low, high = map(float, lines[0].split("[")[1].split("]")[0].split(","))
    assert low < gain < high
    assert lines[0].endswith("(this checkpoint; interval over 6 images)")
    assert lines[1] == "cost: 500 ms an image, plain 100 ms: 5.0 times as long"
    assert gain_lines(result(1, 1), result(0, 1), None, .1).splitlines()[1] == (
        "cost: not known of a single image")
    assert "[" not in gain_lines(result(1, 1), result(0, 1), None, .1)


def test_the_first_image_is_not_timed(monkeypatch):
    times = iter([100., 101., 102.5])
    monkeypatch.setattr("utils.evaluate.gain.time.perf_counter", lambda: next(times))
    called = []
    watch = Stopwatch(lambda done, total: called.append(done))
    watch(1, 3)
    assert watch.seconds is None
    watch(2, 3)
    watch(3, 3)
    assert watch.seconds == 1.25 and called == [1, 2, 3]
