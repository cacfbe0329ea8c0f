"""`configurations`: what the labels stand for: flags in full, runs, seeds, test set."""
from typing import Optional, Sequence

from utils.report.common import counted
from utils.report.configurations import Configuration
from utils.report.layout import ALWAYS
from utils.report.same_images import TestSet
from utils.report.section import ANALYSES, Section
from utils.report.study import Study
from utils.report.table import Column, Table

#: Seeds that a cell lists.
_MOST_SEEDS = 12


@ANALYSES.register("configurations")
def analyse(study: Study) -> Section:
    """Tables the configurations with all that their labels stand for."""
    text = "{}. compare takes ids, runs, or words of labels and flags, as far as they name one " \
        "alone.".format(counted(len(study.configurations), "configuration"))
    return Section("configurations", "Configurations", (text,), (key_table(study),))


def key_table(study: Study, configurations: Optional[Sequence[Configuration]] = None) -> Table:
    """Makes the `Table` that explains labels, of some configurations or all."""
    rows = [_row(study, one) for one in configurations or study.configurations]
    columns = (
        Column("configuration", "id", keep=2), Column("label", "label", keep=ALWAYS),
        Column("flags", "what differs within its test set", keep=ALWAYS),
        Column("runs", "runs", "count"), Column("seeds", "seeds", keep=0),
        Column("data", "data"), Column("test_set", "tested on", keep=0))
    return Table("configurations", "What the labels stand for", columns, rows,
                 "Flags that are not listed are at their default (fcn_train.py --help) or the same "
                 "in all of the test set.")


def _row(study, configuration):
    seeds = list(dict.fromkeys(record.seed_text for record in configuration.records))
    listed = ", ".join(seeds[:_MOST_SEEDS])
    return dict(configuration=configuration.id, label=configuration.label,
                flags=configuration.setting, runs=len(configuration.records),
                seeds=listed + (", ..." if len(seeds) > _MOST_SEEDS else ""),
                data=configuration.place, test_set=_test_set(configuration.company))


def _test_set(company):
    if not isinstance(company, TestSet):
        return "not tested"
    return "{}, {} classes, split {}".format(
        counted(len(company.names), "image"), len(company.class_names),
        company.sha256[:8] or "unknown")
