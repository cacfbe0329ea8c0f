"""`effects` on made runs: screens with and without a plan, grids, variants of a base, the page."""
import os

import numpy as np
import pytest

import fcn_report
from tests.report.synthetic import draw_matrices, write_result, write_run
from utils.errors import UserError
from utils.evaluate.results import load_result
from utils.report import analyses  # noqa: F401  registers them
from utils.report.choice_effects import measure
from utils.report.looks import families
from utils.report.section import ANALYSES
from utils.report.what_helps import page_text, write_page
from utils.runs import run_folder
from utils.runs.plans import PlannedRun, SweepPlan
from utils.runs.run_folder import RunFolder
from utils.statistics.seed_tests import welch
from utils.sweep.plan import SweepFolder
from utils.sweep.spec import make_spec, run_seed

CHOICES = {
    "weights": [{}, {"class_weights": "enet"}],
    "colour": [{}, {"augment": "brightness,contrast"}],
    "crop": [{}, {"augment": "cutout"}],
    "decoder": [{"fcn8": True}, {"extended_arch": "SwiftNet"}],
    "average": [{}, {"ema": .99}]}
#: What setting B adds to the quality of each class, and to the seconds of a step.
GAINS, SLOWER = dict(decoder=.06, crop=-.04), dict(decoder=1.5)
BASE = dict(pixels="64", basenet="mobilenet_v2")


def write_screen(root, failed=(), plan=True, **flags):
    """16 runs of a screen of 5 choices, under <root>/tmp; those that failed have no test."""
    spec = make_spec("small", flags=dict(BASE, **flags), screen=CHOICES)
    runs = []
    for index, (args, label) in enumerate(zip(spec.configurations, spec.screen.labels)):
        seed, chosen = run_seed(spec, index, 1), {
            name for name, letter in zip(CHOICES, label) if letter == "B"}
        quality = .7 + sum(GAINS.get(name, 0) for name in chosen)
        lost = index in failed
        path = write_run(
            root / "tmp", f"{args['basenet']}__{index}", seed,
            None if lost else draw_matrices(seed, quality, 12, spread=.005),
            status="failed" if lost else "finished", info=dict(pid=index, gflops=1.0 + len(chosen)),
            beat=dict(time=1.0, step=100,
                      seconds=100 * np.prod([SLOWER.get(one, 1.0) for one in chosen])), **args)
        if "average" in chosen and not lost:
            write_result(path, "test_ema", draw_matrices(seed, quality + .02, 12, spread=.005))
        runs.append(PlannedRun(label, seed, 0, (), RunFolder(path).group_key(), tuple(
            (flag, seed) for flag in run_folder.SEED_FLAGS), 100, args["basenet"]))
    if plan:
        made = SweepPlan("small", tuple(runs), spec.declared, (1,), "", spec.screen.choices)
        SweepFolder("small", str(root / "tmp" / "sweeps")).write_plan(made)
    return spec


def write_variants(root):
    """A base and four variants, three seeds each; the last variant has all changes of the
    others."""
    changes = [{}, dict(bn_decay=.999), dict(align="transposed"), dict(weight_decay=0.0),
               dict(bn_decay=.999, align="transposed", weight_decay=0.0)]
    for number, flags in enumerate(changes):
        for seed in (1, 2, 3):
            write_run(root / "tmp", f"v{number}__{seed}", seed,
                      draw_matrices(10 * number + seed, .8 - .05 * number, 12), info=dict(
                          pid=100 * number + seed), **flags)


@pytest.fixture(scope="module")
def screen(tmp_path_factory):
    root = tmp_path_factory.mktemp("screen")
    write_screen(root)
    return root / "tmp"


def rows_of(section, number=0):
    return {row["choice"]: row for row in section.tables[number].rows}


def _scores(root, spec):
    """The score of each run: of the average where it has one."""
    found = []
    for index, args in enumerate(spec.configurations):
        folder = os.path.join(str(root), f"mobilenet_v2__{index}", "test")
        stem = "test_ema.npz" if "ema" in args else "test.npz"
        found.append(load_result(os.path.join(folder, stem)).scores.mean_iou)
    return np.array(found)


def test_a_screen_is_read_by_its_plan(screen, study_of):
    spec = make_spec("small", flags=BASE, screen=CHOICES)
    section = ANALYSES.get("effects")(study_of(screen))
    scores, rows = _scores(screen, spec), rows_of(section)
    assert set(rows) == set(CHOICES)
    for place, row in enumerate(rows[name] for name in CHOICES):
        b = np.array([label[place] == "B" for label in spec.screen.labels])
        assert row["difference"] == pytest.approx(scores[b].mean() - scores[~b].mean())
        assert row["n_a"] == row["n_b"] == 8 and row["hours"] == pytest.approx(16 * 125 / 3600)
        assert row["interval"].low < row["difference"] < row["interval"].high
    assert [row["choice"] for row in section.tables[0].rows][::4] == ["decoder", "crop"]
    assert (rows["decoder"]["verdict"], rows["crop"]["verdict"]) == ("helps", "hurts")
    assert (rows["decoder"]["a"], rows["decoder"]["b"]) == ("FCN8", "SwiftNet")
    assert (rows["colour"]["a"], rows["colour"]["b"]) == ("-", "brightness,contrast")
    assert rows["decoder"]["time"] == pytest.approx(1.5)
    assert rows["weights"]["time"] == pytest.approx(1)
    weights = rows["weights"]
    assert weights["verdict"] == "no larger than {:.1f}".format(
        100 * max(abs(weights["interval"].low), abs(weights["interval"].high)))
    assert section.text[0].startswith("Decoder (+") and "crop (-" in section.text[0]
    assert "Runs with --ema are scored by the average" in section.remarks[-1]
    assert "10 degrees of freedom" in section.tables[0].note


def test_a_screen_without_its_plan_is_read_by_its_flags(screen, tmp_path, study_of):
    write_screen(tmp_path, plan=False)
    planned = rows_of(ANALYSES.get("effects")(study_of(screen)))
    rows = rows_of(ANALYSES.get("effects")(study_of(tmp_path / "tmp")))
    assert set(rows) == {"class_weights", "augment: brightness,contrast", "augment: cutout",
                         "decoder", "ema"}
    for name, other in zip(CHOICES, ("class_weights", "augment: brightness,contrast",
                                     "augment: cutout", "decoder", "ema")):
        assert rows[other]["difference"] == pytest.approx(planned[name]["difference"])
        assert (rows[other]["a"], rows[other]["b"]) == (planned[name]["a"], planned[name]["b"])


def test_lost_runs_are_counted_and_named(tmp_path, study_of):
    write_screen(tmp_path, failed=(0, 5))
    one, = measure(study_of(tmp_path / "tmp"))
    assert len(one.records) == 14 and one.planned == 16 and one.fit.degrees == 8
    remark = ANALYSES.get("effects")(study_of(tmp_path / "tmp")).remarks[0]
    assert remark.startswith("2 of 16 runs are missing") and "__0 (failed with setting A" in remark


def test_a_screen_with_too_few_runs_is_told_of_and_not_taken_for_variants(tmp_path, study_of):
    write_screen(tmp_path, failed=range(5, 16))
    told = "small: 5 of 16 configurations of this screen are tested, which do not tell its 5"
    with pytest.raises(UserError, match=told):
        measure(study_of(tmp_path / "tmp"))
    write_screen(tmp_path, plan=False, basenet="mobilenet_v1")
    study = study_of(tmp_path / "tmp")
    other, = measure(study)
    assert other.layout.crossed and [note for note in study.notes if note.startswith(told)]


def test_extractors_without_a_plan_are_told_apart(tmp_path, study_of):
    write_screen(tmp_path, plan=False)
    write_screen(tmp_path, plan=False, basenet="mobilenet_v1")
    found = measure(study_of(tmp_path / "tmp"))
    assert [len(one.layout.samples) for one in found] == [16, 16]
    assert all(one.layout.crossed and len(one.layout.choices) == 5 for one in found)


def test_variants_are_compared_with_the_base(tmp_path, study_of):
    write_variants(tmp_path)
    study = study_of(tmp_path / "tmp")
    one, = measure(study)
    samples = {sample.records[0].name[:2]: sample.scores for sample in study.samples()}
    assert not one.layout.crossed and one.layout.samples[0].records[0].name == "v0__1"
    assert [choice.name for choice, _, _ in one.rows] == [
        "bn_decay", "align", "weight_decay", "align + bn_decay + weight_decay"]
    for (_, effect, _), name in zip(one.rows, ("v1", "v2", "v3", "v4")):
        expected = welch(samples[name], samples["v0"])
        assert effect.difference == pytest.approx(expected.difference)
        assert effect.p == pytest.approx(expected.p)
    assert [len(side) for side in one.sides(1)] == [3, 3]
    section = ANALYSES.get("effects")(study_of(tmp_path / "tmp", base="v2__1"))
    assert section.tables[0].title.startswith("Variants of mobilenet_v1 fcn16")
    assert ("align", "transposed", "centers") in [
        (row["choice"], row["a"], row["b"]) for row in section.tables[0].rows]


def test_four_crossed_configurations_are_a_grid(tmp_path, study_of):
    for number in range(4):
        for seed in (1, 2):
            write_run(tmp_path, f"g{number}__{seed}", seed, draw_matrices(10 * number + seed),
                      info=dict(pid=10 * number + seed), flip=bool(number % 2),
                      fcn8=bool(number // 2))
    one, = measure(study_of(tmp_path))
    assert one.layout.crossed and one.fit.error == "replicates" and one.fit.degrees == 4
    assert {(choice.name, choice.a, choice.b) for choice in one.layout.choices} == {
        ("flip", "yes", "no"), ("decoder", "FCN16", "FCN8")}


def test_one_seed_of_each_variant_gives_no_verdict(tmp_path, study_of):
    for number, flags in enumerate(({}, dict(fcn8=True))):
        write_run(tmp_path, f"a{number}", 1, draw_matrices(number), info=dict(pid=number), **flags)
    section = ANALYSES.get("effects")(study_of(tmp_path))
    row, = section.tables[0].rows
    assert row["verdict"] == "no verdict" and row["interval"] is None
    assert section.text == ("No verdict, as the spread over seeds is unknown.",)
    with pytest.raises(UserError, match="effects: got 1 tested configuration, expected two"):
        ANALYSES.get("effects")(study_of(tmp_path / "a0"))


def test_verdicts_on_configurations_leave_the_plan_of_a_screen_aside(screen, study_of):
    study = study_of(screen)
    _, lines = families(study, study.samples())
    assert "No number of seeds was declared" in lines[0]


def test_a_missing_test_of_the_average_is_named_with_its_command(tmp_path, study_of):
    write_screen(tmp_path)
    os.remove(str(tmp_path / "tmp" / "mobilenet_v2__1" / "test" / "test_ema.npz"))
    study = study_of(tmp_path / "tmp")
    assert len(measure(study)[0].records) == 15
    assert any(line.endswith("mobilenet_v2__1 --split=test --weights=ema")
               for line in study.notes)


def test_the_page_is_the_same_bytes_each_time_and_has_every_choice(screen, tmp_path, study_of,
                                                                    monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.makedirs("made")
    (tmp_path / "made" / "small.yaml").write_text("flags: {}\n")
    study = study_of(screen)
    text = page_text(study, os.path.join("made", "page.md"))
    write_page(study_of(screen), os.path.join("made", "page.md"))
    assert (tmp_path / "made" / "page.md").read_text() == text
    assert text.startswith("# What helps, by how much\n") and text.endswith("\n")
    assert "--page=made/page.md" in text and "    python fcn_sweep.py run made/small.yaml\n" in text
    rows = [line.split(" | ") for line in text.splitlines() if "| mobilenet_v2 |" in line]
    assert [row[0][2:] for row in rows][::4] == ["decoder", "crop"] and len(rows) == 5
    assert rows[0][3:7] == ["mobilenet_v2", "64", "100", "8, 8"] and "**helps**" in rows[0]
    assert "16 runs of 0.6 hours in all, each with a seed of its own" in " ".join(text.split())
    assert max(len(line) for line in text.splitlines() if line[:1] not in "| ") <= 120
    with pytest.raises(UserError, match="there is no folder nowhere"):
        write_page(study, os.path.join("nowhere", "page.md"))


def test_the_command_writes_the_page(tmp_path, monkeypatch, capsys):
    write_variants(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    fcn_report.main(["effects", "--base=v0__1", "--page=helps.md", "--outdir=out"])
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80 and "helps.md" in out
    with open("helps.md") as file:
        assert "fcn_report.py effects 'tmp/*' --base=v0__1 --page=helps.md" in file.read()
    assert sorted(os.listdir("out")) == ["effects.csv", "effects.json", "effects.svg"]
    for word, command in (("--page=a.md", "effects"), ("--out=a.html", "html"),
                          ("--boards=a", "tensorboard")):
        with pytest.raises(UserError, match=f"{word}: it is for {command}: leave it out"):
            fcn_report.main(["runs", word])


def test_what_is_missing_is_told(tmp_path, study_of):
    for number in (1, 2):  # two configurations, each on images of its own
        write_run(tmp_path, f"v{number}__1", 1, draw_matrices(1, .8)[:10 * number],
                  learnrate=.001 * number)
    with pytest.raises(UserError, match="got 2 tested configurations on 2 test sets"):
        ANALYSES.get("effects")(study_of(tmp_path))
    with pytest.raises(UserError, match="2 configurations, no two of which were tested"):
        ANALYSES.get("importance")(study_of(tmp_path))
