"""The HTML report: whole, offline, and honest about what is missing."""
import re
import warnings

import pytest

from archs import imagenet_accuracy
from tests.report import synthetic
from tests.report.synthetic import draw_matrices, write_run
from utils.errors import UserError
from utils.report import analyses as _analyses  # noqa: F401  registers them
from utils.report import figures
from utils.report.collect import collect
from utils.report.html import basis, page, write_html
from utils.report.section import ANALYSES
from utils.report.study import Options, Study

#: Those that the runs of `synthetic.write_sweep` are enough for.
SECTIONS = [name for name in ANALYSES.names() if name not in synthetic.NEED_A_GRID]


@pytest.fixture(scope="module")
def report(sweep):
    return page(Study(collect([str(sweep)]), Options(last=5, imagenet=imagenet_accuracy)))


def test_it_has_every_section_and_reaches_for_nothing(report):
    assert set(re.findall(r'<section id="(\w+)">', report)) == set(SECTIONS) | {"absent"}
    body = re.sub(r"<script>.*?</script>|<meta[^>]*>", "", report, flags=re.S)
    assert "http" not in body and "//" not in body
    assert not re.search(r"<(link|img|iframe)|@import|url\((?!#)", report)
    assert report.count("<svg") > 9 and "<?xml" not in report


def test_ids_inside_the_plots_are_unique(report):
    ids = re.findall(r'<clipPath id="([^"]+)"', report)
    assert ids and len(set(ids)) == len(ids)


def test_every_section_says_n_k_and_what_varied(report):
    line = ("n = 5 seeds of each of 3 configurations; k = 24 images of test. Varied: seed of "
            "initialisation, order, augmentation together (5 values). Did not vary: flags, data, "
            "TensorFlow, Python, host, commit.")
    assert report.count(line) == len(SECTIONS)


def test_what_is_left_out_is_named(report):
    assert "v1_fcn16__6 is failed: the loss is nan" in report and "broken" in report


def test_one_run_gives_a_report_with_absent_sections(tmp_path, study_of):
    write_run(tmp_path, "a__1", 1, draw_matrices(1))
    write_html(study_of(tmp_path), str(tmp_path / "r.html"))
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "Nothing varied within a configuration" in text
    for name in ("compare", "sizes", "importance", "transfer", "interactions"):
        assert f"<li><b>{name}</b>: " in text


def test_runs_without_any_result_give_a_report_too(tmp_path, study_of):
    write_run(tmp_path, "a__1", 1)
    study = study_of(tmp_path)
    text = page(study)
    assert 'id="runs"' in text and 'id="curves"' in text and 'id="errorbars"' not in text
    assert basis(study).startswith("no results of finished runs: a__1 has no result")


@pytest.fixture(scope="module")
def crowded(tmp_path_factory):
    """The page of configurations that differ in nearly everything, beside other data."""
    root = tmp_path_factory.mktemp("crowded")
    synthetic.write_streets(root, ({}, dict(fcn8=True)) + synthetic.WILD)
    synthetic.write_demo(root)
    synthetic.write_seg_mentor(root)
    study = Study(collect([str(root)]), Options())
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # matplotlib's, where a layout does not fit
        return study, page(study)


def test_the_best_comes_first_and_verdicts_and_commands_fold_away(crowded):
    _, text = crowded
    first = text[text.index("<h1>"):text.index("<details>")]
    assert "Best mean: " in first and first.count('class="verdict"') == 1
    opening = text[:text.index("<nav>")]
    assert "<summary>All 15 verdicts</summary>" in opening
    assert re.search(r"<pre>python fcn_report.py compare( \w{6}){6} --runs=\S+</pre>", opening)
    for command in re.findall(r"<pre>(python \S+ \S+)", text):
        assert command.startswith(("python fcn_report.py ", "python fcn_train.py --")), command
    folded = re.sub(r"<details>.*?</details>", "", text, flags=re.S)
    shown = folded[:folded.index('id="absent"')]
    assert "python fcn_" not in shown


def test_labels_on_axes_are_short_and_explained(crowded):
    study, text = crowded
    drawn = re.findall(r"<text[^>]*>([^<]+)</text>", text)
    explained = text[text.index('id="configurations"'):text.index('id="compare"')]
    for configuration in study.configurations:
        assert configuration.label in drawn
        assert f">{configuration.id}</td>" in explained and configuration.setting in explained
    assert max(map(len, drawn)) <= 59  # a pair in one line


def test_flags_that_labels_leave_out_are_told_in_full_once_and_when_the_mouse_is_over_them(crowded):
    study, text = crowded
    for one in study.configurations:
        if one.cut and len(one.setting) > 40:
            assert text.count(">" + one.setting + "<") == 1
            assert f'title="{one.setting}"' in text
    assert not re.search(r"\+\d</", text)  # no label that counts what it leaves out


def test_each_test_set_has_a_verdict_of_its_own_that_names_the_data(tmp_path, study_of):
    synthetic.write_streets(tmp_path)
    for seed in (1, 2):
        for number, flags in enumerate(({}, dict(fcn8=True))):
            write_run(tmp_path, f"other_{number}__{seed}", seed, draw_matrices(
                seed + number, .5 + .1 * number, 9), datapath="data/shapes", info=dict(
                    data_sha256="5e4d" * 8, pid=50 + 10 * number + seed), **flags)
    text = page(study_of(tmp_path))
    verdicts = re.findall(r'<p class="verdict">(.*?)</p>', text[:text.index("<details>")])
    assert [one[:one.index(": ")] for one in verdicts] == ["camvid (12 images)",
                                                          "shapes (9 images)"]


def test_plots_take_the_width_and_the_inks_of_the_page(crowded):
    _, text = crowded
    assert '<svg style="--share: 1" viewBox=' in text
    assert not re.search(r"#222222|#444444|#888888|<svg[^>]* (width|height)=", text)


def test_colours_are_those_of_the_plots_and_begin_anew_in_each_test_set(crowded):
    study, text = crowded
    colours = dict(zip([one.label for one in study.configurations],
                       study.colours(study.configurations)))
    for label, number in colours.items():
        assert f'style="background: {figures.colour(number)}"></i>{label}</td>' in text
    assert sorted(colours.values()) == [0, 0, 1, 2, 3, 4, 5]


def test_runs_of_other_data_have_plots_of_their_own(crowded):
    _, text = crowded
    runs = text[text.index('id="runs"'):text.index('id="errorbars"')]
    figures = re.findall(r"<figure>.*?</figure>", runs, flags=re.S)
    assert ["mobilenet_v1 fcn16<" in one and "linknet" not in one for one in figures] == [
        False, True]


def test_names_are_escaped(tmp_path, study_of):
    write_run(tmp_path, "<b>x", 1, draw_matrices(1))
    text = page(study_of(tmp_path))
    assert "<b>x" not in text and "&lt;b&gt;x" in text


def test_a_missing_folder_is_named(tmp_path, sweep, study_of):
    with pytest.raises(UserError, match="there is no folder"):
        write_html(study_of(sweep), str(tmp_path / "no" / "r.html"))
