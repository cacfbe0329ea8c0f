"""The HTML report: whole, offline, and honest about what is missing."""
import re

import pytest

from tests.report.synthetic import draw_matrices, write_run
from utils.errors import UserError
from utils.report import analyses  # noqa: F401  registers them
from utils.report.html import basis, page, write_html
from utils.report.section import ANALYSES


@pytest.fixture(scope="module")
def report(sweep):
    from utils.report.collect import collect
    from utils.report.study import Options, Study
    return page(Study(collect([str(sweep)]), Options(last=5)))


def test_it_has_every_section_and_reaches_for_nothing(report):
    assert set(re.findall(r'<section id="(\w+)">', report)) == set(ANALYSES.names()) | {"absent"}
    assert "http" not in report and "//" not in re.sub(r"<script>.*?</script>", "", report,
                                                       flags=re.S)
    assert not re.search(r"<(link|img|iframe)|@import|url\((?!#)", report)
    assert report.count("<svg") > 9 and "<?xml" not in report


def test_ids_inside_the_plots_are_unique(report):
    ids = re.findall(r'<clipPath id="([^"]+)"', report)
    assert ids and len(set(ids)) == len(ids)


def test_every_section_says_n_k_and_what_varied(report):
    line = ("n = 5 seeds of each of 3 configurations; k = 24 images of test. Varied: seed of "
            "initialisation, order, augmentation together (5 values). Did not vary: flags, data, "
            "TensorFlow, Python, host, commit.")
    assert report.count(line) == len(ANALYSES.names())


def test_what_is_left_out_is_named(report):
    assert "v1_fcn16__6 is failed: the loss is nan" in report and "broken" in report


def test_one_run_gives_a_report_with_absent_sections(tmp_path, study_of):
    write_run(tmp_path, "a__1", 1, draw_matrices(1))
    write_html(study_of(tmp_path), str(tmp_path / "r.html"))
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "Nothing varied within a configuration" in text
    for name in ("compare", "sizes", "importance"):
        assert "<li><b>{}</b>: ".format(name) in text


def test_runs_without_any_result_give_a_report_too(tmp_path, study_of):
    write_run(tmp_path, "a__1", 1)
    study = study_of(tmp_path)
    text = page(study)
    assert 'id="runs"' in text and 'id="curves"' in text and 'id="errorbars"' not in text
    assert basis(study).startswith("no results of finished runs: a__1 has no result")


def test_names_are_escaped(tmp_path, study_of):
    write_run(tmp_path, "<b>x", 1, draw_matrices(1))
    text = page(study_of(tmp_path))
    assert "<b>x" not in text and "&lt;b&gt;x" in text


def test_a_missing_folder_is_named(tmp_path, sweep, study_of):
    with pytest.raises(UserError, match="there is no folder"):
        write_html(study_of(sweep), str(tmp_path / "no" / "r.html"))
