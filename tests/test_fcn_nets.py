"""fcn_nets.py as its users call it."""
import csv
import os
import subprocess
import sys

import pytest

import fcn_nets
from archs import DECODERS, EXTRACTORS
from archs.fcn import FcnArch
from tests.report.synthetic import draw_matrices, write_run
from utils.costs import measure, process, survey
from utils.costs.net import Speed
from utils.errors import Interrupted, UserError
from utils.tf_compat import IS_TF1

_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_SMALL = ["--basenet=mobilenet", "--depth_multiplier=0.25", "--pixels=64", "--batch_size=2"]


def _rows(path):
    with open(str(path)) as file:
        return list(csv.DictReader(file))


@pytest.fixture(autouse=True)
def _wide(monkeypatch):
    """A terminal that shows every column."""
    monkeypatch.setenv("COLUMNS", "220")


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Two configurations, two seeds each, in tmp/ of the working directory."""
    for number, flags in enumerate(({}, {"fcn8": True})):
        for seed in (1, 2):
            write_run(str(tmp_path / "tmp"), "{}__{}".format("ab"[number], seed), seed,
                      draw_matrices(seed + 10 * number, .8 - .1 * number), pixels="64",
                      depth_multiplier=.25, **flags)
    monkeypatch.chdir(tmp_path)
    return [os.path.join("tmp", name) for name in sorted(os.listdir("tmp"))]


@pytest.fixture
def made_up(monkeypatch):
    """Speeds without a measurement; the list of what was asked for."""
    asked = []

    def call(function, *args, limit):
        if function is measure.idle:
            return 3 * 10 ** 8
        asked.append((function.__name__, args[1].label))
        return Speed((4.0, 5.0, 9.0), 10 ** 9)
    monkeypatch.setattr(process, "call", call)
    return asked


def test_a_decoder_of_ones_own_is_listed(monkeypatch):
    monkeypatch.setitem(DECODERS._entries, "MyFCN", type("MyFcn", (FcnArch,), {}))
    flags, _ = fcn_nets.parse([], "")
    assert {"MyFCN32", "MyFCN16", "MyFCN8", "MyFCN4"} < set(fcn_nets.chosen_decoders(flags))


def test_output_strides_and_the_decoders_that_do_not_take_them(made_up, tmp_path, capsys):
    out = tmp_path / "nets.csv"
    fcn_nets.main(_SMALL + ["--decoder=FCN16,LinkNet", "--no-speed", "--output_stride=32,8",
                            "--sort=name", "--csv", str(out)])
    printed = capsys.readouterr().out
    assert "left out: LinkNet does not work on mobilenet_v1: it wants --output_stride=32, not 8" \
        in " ".join(printed.split())
    rows = {(row["decoder"], row["output_stride"]): row for row in _rows(out)}
    assert set(rows) == {("FCN16", "32"), ("FCN16", "8"), ("LinkNet", "32")}
    dense, strided = rows["FCN16", "8"], rows["FCN16", "32"]
    assert float(dense["gflops"]) > 2 * float(strided["gflops"])
    assert dense["parameters"] == strided["parameters"]


def test_counts_of_named_nets(tmp_path, capsys):
    out = tmp_path / "nets.csv"
    fcn_nets.main(_SMALL + ["--decoder=linknet,FCN16", "--no-speed", "--csv", str(out),
                            "--sort=name", "--markdown"])
    printed = capsys.readouterr().out
    assert "Nets at 64x64, 11 classes, batches of 2, width 0.25" in printed
    assert "2 per multiply-add" in printed and "memory" not in printed
    assert "| mobilenet_v1 | FCN16 | " in printed
    rows = _rows(out)
    assert [row["decoder"] for row in rows] == ["FCN16", "LinkNet"]
    assert "forward" not in rows[0] and float(rows[0]["gflops"]) > 0
    assert [row["top1"] for row in rows] == ["49.8", "49.8"] and "ImageNet top-1" in printed


def test_every_extractor_is_taken_by_default_and_widths_where_there_are_some(monkeypatch):
    flags, _ = fcn_nets.parse(["--decoder=FCN16,LinkNet", "--depth_multiplier=0.5,1"], "")
    nets, left_out = fcn_nets.chosen_nets(flags)
    assert left_out == []
    assert {net.flags.basenet for net in nets} == set(EXTRACTORS.names())
    widths = {name: [net.flags.depth_multiplier for net in nets
                     if net.flags.basenet == name and net.decoder == "FCN16"]
              for name in ("mobilenet_v2", "vgg_16")}
    assert widths == {"mobilenet_v2": [.5, 1.0], "vgg_16": [1.0]}


def test_speeds_and_memory(made_up, tmp_path, capsys):
    fcn_nets.main(_SMALL + ["--decoder=FCN32,FCN16", "--passes=2", "--sort=training"])
    assert made_up == [(what, "mobilenet_v1 x0.25 " + decoder)
                       for _ in range(2) for decoder in ("FCN32", "FCN16")
                       for what in ("forward", "training")]
    printed = capsys.readouterr().out
    assert printed.count("[4.0, 9.0]") == 4 and printed.count("1.00") >= 4
    assert "of 10 rounds" in printed and "0.30 of it TensorFlow" in printed


def test_a_narrow_terminal_leaves_columns_out(made_up, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "60")
    fcn_nets.main(_SMALL + ["--decoder=FCN16,FCN32"])
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= 60
    assert "Not shown at 60 columns: ImageNet top-1, forward least, most" in " ".join(
        printed.split())
    assert printed.count("mobilenet_v1") == 2


@pytest.mark.parametrize("other", ["mixed", "float16"])
def test_precisions_side_by_side(made_up, tmp_path, capsys, other):
    if other == "mixed" and IS_TF1:
        pytest.skip("no bfloat16 on this stack")
    fcn_nets.main(_SMALL + ["--decoder=FCN16", "--precision=float32," + other, "--markdown"])
    assert made_up == [(what, label) for label in ("mobilenet_v1 x0.25 FCN16",
                                                   "mobilenet_v1 x0.25 FCN16 " + other)
                       for what in ("forward", "training")]
    printed = capsys.readouterr().out
    assert "training in |" in printed and f"| {other} | " in printed
    fcn_nets.main(_SMALL + ["--decoder=FCN16", "--precision=" + other])
    assert ", training in " + other in capsys.readouterr().out


def test_runs_beside_their_cost(runs, made_up, capsys):
    fcn_nets.main(runs + ["--plot=out.png", "--csv=out.csv"])
    printed = capsys.readouterr().out
    rows = _rows("out.csv")
    assert [row["label"] for row in rows] == ["mobilenet_v1 fcn16", "mobilenet_v1 fcn8"]
    assert [(row["seeds"], row["classes"], row["pixels"], row["batch_size"]) for row in rows] == [
        ("2", "3", "64x64", "8")] * 2
    assert float(rows[0]["miou"]) > float(rows[1]["miou"]) > 40
    assert "out.png: mIoU on test against cost" in printed and "t interval" in printed
    assert os.path.getsize("out.png") > 10000


def test_runs_without_speeds_are_drawn_against_what_is_counted(runs, capsys):
    fcn_nets.main(["--runs=" + ",".join(runs), "--no-speed", "--sort=gflops"])
    with open("nets.svg") as file:
        svg = file.read()
    assert "GFLOPs for one image" in svg and "parameters, millions" in svg


def test_ctrl_c_leaves_what_was_measured(made_up, monkeypatch, tmp_path, capsys):
    count = survey.Survey.count

    def interrupted(self, net):
        if net.decoder == "FCN16":
            raise KeyboardInterrupt
        count(self, net)
    monkeypatch.setattr(survey.Survey, "count", interrupted)
    with pytest.raises(Interrupted, match="the table has the measurements before the interruption"):
        fcn_nets.main(_SMALL + ["--decoder=FCN32,FCN16", "--csv", str(tmp_path / "n.csv")])
    assert "FCN16" in capsys.readouterr().out
    assert [bool(row["gflops"]) for row in _rows(tmp_path / "n.csv")] == [True, False]


def test_a_real_measurement(tmp_path, capsys):
    """Two processes, one round each."""
    out = tmp_path / "nets.csv"
    fcn_nets.main(_SMALL + ["--decoder=FCN16", "--rounds=1", "--csv", str(out)])
    row, = _rows(out)
    assert "problem" not in row
    assert 0 < float(row["training"]) < float(row["forward"])
    assert .1 < float(row["forward_memory"]) < float(row["training_memory"]) < 4


def test_a_net_without_enough_memory_is_a_row(tmp_path, capsys):
    fcn_nets.main(_SMALL + ["--decoder=FCN16", "--memory=0.2"])
    assert "forward: does not fit into memory: more than 0.2 GB" in capsys.readouterr().out


@pytest.mark.parametrize("words, message", [
    (["--basenet=vgg19"], "unknown feature extractor 'vgg19': choose one of inception_v1"),
    (["--decoder=FCN5"], "--decoder: unknown decoder 'FCN5': .*FCN32, FCN16, FCN8, FCN4"),
    (["--basenet=vgg_16", "--depth_multiplier=.5"], "vgg_16 comes in one width only"),
    (["--depth_multiplier=wide"], "--depth_multiplier: got 'wide', expected numbers above 0"),
    (["--depth_multiplier=nan"], "--depth_multiplier: got 'nan'"),
    (["--depth_multiplier="], "--depth_multiplier: got ''"),
    (["--pixels=0"], "--pixels=0: expected one size for all nets"),
    (["--pixels=big"], "--pixels: got 'big', expected a side"),
    (["--batch_size=0"], "batch_size.*: got 0, expected at least 1"),
    (["--output_stride=12"], "--output_stride: unknown value '12': choose one of 32, 16, 8"),
    (["--output_stride="], "--output_stride: unknown value ''"),
    (["--decoder=LinkNet", "--output_stride=16"], "LinkNet does not work on .*=32, not 16"),
    (["--decoder=LinkNet:4"], "--decoder: decoder LinkNet: got '4', expected no parameter"),
    (["--classes=256"], "--classes: got 256, expected at most 255"),
    (["--precision=float32,half"],
     "--precision: unknown value 'half': choose one of float32, mixed, float16"),
    (["--precision="], "--precision: unknown value '': choose one of float32, mixed, float16"),
    (["--sort=speed"], "--sort: unknown value 'speed': choose one of \"\", miou, gflops"),
    (["--sort=forward", "--no-speed"], "--sort=forward needs a measurement"),
    (["--sort=miou"], "--sort=miou needs runs"),
    (["--plot=x.svg"], "--plot is of use with runs only"),
    (["--csv=nowhere/x.csv"], "--csv=nowhere/x.csv: there is no folder nowhere"),
    (["--csv=x.txt"], "--csv=x.txt: expected a file that ends in .csv"),
    (["a", "--plot=x.pdf"], "--plot=x.pdf: expected a file that ends in .svg or .png"),
    (["a", "--pixels=64"], "--pixels and the runs a contradict each other"),
    (["a", "--precision=mixed"], "--precision and the runs a contradict each other"),
    (["a", "--against=speed"], "--against: unknown value 'speed': choose one of gflops"),
    (["a", "--against=gflops,training", "--speed=False"], "--against=training needs a measurement"),
    (["nowhere"], "no runs at 'nowhere': expected run folders"),
    (["--basnet=x"], "did you mean --basenet")])
def test_mistakes_are_one_line(words, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=message) as caught:
        fcn_nets.main(words)
    assert "\n" not in str(caught.value)


def test_the_script_exits_with_2_and_one_line_for_a_mistake(tmp_path):
    done = subprocess.run([sys.executable, os.path.join(_ROOT, "fcn_nets.py"), "--pixels=0"],
                          cwd=str(tmp_path), capture_output=True)
    assert done.returncode == 2
    assert done.stderr.decode().startswith("error: --pixels=0") and not done.stdout
