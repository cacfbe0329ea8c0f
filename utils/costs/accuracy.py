"""The configurations of runs, each with the net that it is and what it scored. Plain Python."""
from utils.costs.net import make_net
from utils.errors import UserError
from utils.report.common import counted, identity, percent_level, score_name, test_set_text
from utils.report.labels import decoder_name
from utils.runs import legacy
from utils.runs.flags import parse_size
from utils.statistics.intervals import SCORES, summarise


def tested_nets(study, batch_size):
    """The nets of a `Study`'s configurations, the best first.

    The configurations of the test set that most share; the others are named in the study's notes.

    Args:
      study: `utils.report.study.Study`.
      batch_size: that all nets are measured with.

    Returns:
      list of (`Net`, cells): the net at the size that it was tested at; configuration, label,
      seeds, miou (mean over seeds), miou_interval (t, or None for one seed) and scores (of each).

    Raises:
      UserError: there is no tested run.
    """
    first, *others = study.test_sets()
    for samples in others:
        study.note("left out: {} on another test set ({}): {}".format(
            counted(len(samples), "configuration"), test_set_text(samples[0]),
            ", ".join(sample.label for sample in samples)))
    found = [(_net(study, sample, batch_size), _cells(study, sample)) for sample in first]
    return sorted(found, key=lambda pair: -pair[1]["miou"])


def explain(study):
    """What the column mIoU is."""
    cut = any(one.cut for one in study.configurations)
    return (f"{score_name(study)} ({test_set_text(study.test_sets()[0][0])}): mean over seeds and "
            f"its {percent_level(study)} t interval; whether a difference is real: fcn_report.py "
            "compare." + " What labels leave out: fcn_report.py configurations." * cut)


def _net(study, sample, batch_size):
    record = sample.records[0]
    stored = record.args
    stored = legacy.map_runargs(stored) if legacy.is_legacy_runargs(stored) else stored
    pixels = _tested_size(study.result(record).meta.get("size", "")) or stored["pixels"]
    return make_net(decoder_name(stored), len(sample.class_names),
                    dict(stored, pixels=pixels, batch_size=batch_size))


def _tested_size(text):
    """The size in a result as --pixels has it; "" for each image's own and for old results."""
    try:
        return text if parse_size(text) else ""
    except UserError:
        return ""


def _cells(study, sample):
    summary = summarise(sample.scores, study.options.level, SCORES)
    return dict(identity(sample), seeds=summary.n, miou=summary.mean,
                miou_interval=summary.mean_interval, scores=sample.scores)
