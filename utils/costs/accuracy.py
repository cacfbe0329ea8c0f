"""Pairs the configurations of runs with their nets and their scores. Plain Python."""
from typing import Any, Dict, List, Tuple

from utils.costs.net import Net, make_net
from utils.errors import UserError
from utils.report.common import counted, identity, percent_level, score_name, test_set_text
from utils.report.labels import decoder_name
from utils.report.study import Study
from utils.runs import seg_mentor
from utils.runs.flags import parse_size
from utils.statistics.intervals import SCORES, summarise


def tested_nets(study: Study, batch_size: int) -> List[Tuple[Net, Dict[str, Any]]]:
    """Lists the nets of a `Study`'s configurations, the best first.

    Takes the test set of most configurations; the study's notes name the configurations on others.

    Args:
      study: the runs.
      batch_size: images at once, for the measurements of all nets.

    Returns:
      list of (`Net` at its tested size, cells). Cells: configuration, label, seeds, miou (mean over
      seeds), miou_interval (t, or None for one seed) and scores (of each seed).

    Raises:
      UserError: no run was tested.
    """
    first, *others = study.test_sets()
    for samples in others:
        study.note("left out: {} on another test set ({}): {}".format(
            counted(len(samples), "configuration"), test_set_text(samples[0]),
            ", ".join(sample.label for sample in samples)))
    found = [(_net(study, sample, batch_size), _cells(study, sample)) for sample in first]
    return sorted(found, key=lambda pair: -pair[1]["miou"])


def explain(study: Study) -> str:
    """Explains the column mIoU, for the note below the table."""
    cut = any(one.cut for one in study.configurations)
    return (f"{score_name(study)} ({test_set_text(study.test_sets()[0][0])}): mean over seeds and "
            f"its {percent_level(study)} t interval; whether a difference is real: fcn_report.py "
            "compare." + " What labels leave out: fcn_report.py configurations." * cut)


def _net(study, sample, batch_size):
    record = sample.records[0]
    stored = record.args
    stored = seg_mentor.map_runargs(stored) if seg_mentor.is_seg_mentor_runargs(stored) else stored
    pixels = _tested_size(study.result(record).meta.get("size", "")) or stored["pixels"]
    return make_net(decoder_name(stored), len(sample.class_names),
                    dict(stored, pixels=pixels, batch_size=batch_size))


def _tested_size(text):
    """Writes the size of a result as --pixels does; "" for each image's own or an unknown one."""
    try:
        return text if parse_size(text) else ""
    except UserError:
        return ""


def _cells(study, sample):
    summary = summarise(sample.scores, study.options.level, SCORES)
    return dict(identity(sample), seeds=summary.n, miou=summary.mean,
                miou_interval=summary.mean_interval, scores=sample.scores)
