"""`power`: which difference so many seeds can find, given the spread of these runs."""
from typing import List

import numpy as np

from utils.errors import UserError
from utils.report.common import IDENTITY, counted, identity, numbered, test_set_text
from utils.report.section import ANALYSES, Section
from utils.report.study import Study
from utils.report.table import Column, Table
from utils.statistics.intervals import sd_factors
from utils.statistics.power import detectable_difference, power_table, seeds_needed

_DIFFERENCES = (.002, .005, .01, .02)
_SEEDS = (2, 3, 4, 5, 7, 10, 15, 20)


@ANALYSES.register("power")
def analyse(study: Study) -> Section:
    """Tables the detectable difference by seeds, and the seeds by difference.

    The spread is the sd of these runs, pooled over the configurations of a test set: those of
    another one spread otherwise.
    """
    alpha = round(1 - study.options.level, 12)
    text: List[str] = []
    tables: List[Table] = []
    sets = _sets(study)
    alike = [sample.label for samples in sets for sample in samples if not np.ptp(sample.scores)]
    if alike:
        text.append("Left out, as all seeds score alike: {}.".format(", ".join(alike)))
    sets = [[sample for sample in samples if np.ptp(sample.scores)] for samples in sets]
    sets = list(filter(None, sets))
    for index, samples in enumerate(sets):
        sd, degrees = _pooled(samples)
        ends = [sd * factor for factor in sd_factors(degrees + 1, study.options.level)]
        place = f" ({test_set_text(samples[0])})" if len(sets) > 1 else ""
        text += ["The sd over seeds, pooled over {}{}, is {:.2f} points (interval {:.2f} to "
                 "{:.2f}, degrees of freedom {}).".format(
                     counted(len(samples), "configuration"), place, 100 * sd, 100 * ends[0],
                     100 * ends[1], degrees), _noise_text(samples, sd)]
        tables += [_seeds_table(sd, ends, alpha, index, place),
                   _needed_table(sd, ends, alpha, index, place), _own_table(samples, alpha, index)]
    if not sets:
        text.append(("Their spread" if alike else "No configuration has two tested seeds, so their "
                     "spread") + " is unknown: differences are in units of the sd over seeds.")
        tables.append(_seeds_table(None, None, alpha))
    return Section("power", "Power", tuple(text), tuple(tables))


def _sets(study):
    """Returns the samples of two seeds or more, by test set; none where none has."""
    try:
        return study.test_sets(at_least=2)
    except UserError:
        return []


def _pooled(samples):
    """Returns (sd over seeds, degrees of freedom)."""
    degrees = sum(len(sample.scores) - 1 for sample in samples)
    squares = sum(((sample.scores - sample.scores.mean()) ** 2).sum() for sample in samples)
    return float(np.sqrt(squares / degrees)), degrees


def _noise_text(samples, sd):
    """Says how far apart single runs of one configuration are, by chance alone."""
    gaps = np.concatenate([np.abs(np.subtract.outer(sample.scores, sample.scores))[
        np.triu_indices(len(sample.scores), 1)] for sample in samples])
    shares = [f"{100 * np.mean(gaps > gap):.0f} % by more than {100 * gap:g}"
              for gap in _DIFFERENCES[1:]]
    return ("By that sd, two single runs of one configuration differ by more than {:.2f} points in "
            "1 of 20 cases. Of the {} of such runs here differ {} points.".format(
                100 * 1.96 * np.sqrt(2) * sd, counted(len(gaps), "pair"), ", ".join(shares)))


def _seeds_table(sd, ends, alpha, index=0, place=""):
    rows = [dict(seeds=row.seeds, in_sd=row.in_sd, difference=sd and row.difference,
                 interval=sd and (row.in_sd * ends[0], row.in_sd * ends[1]))
            for row in power_table(sd or 1.0, _SEEDS, level=alpha)]
    columns = [Column("seeds", "seeds of each", "count"),
               Column("in_sd", "in sds over seeds", "number", 2)]
    columns += [Column("difference", "difference", "spread", 2),
                Column("interval", "as the sd is unsure", "spread_interval", 2)] if sd else []
    return Table(numbered("power", index), "The difference that so many seeds find" + place,
                 tuple(columns), rows, f"A verdict at {100 * alpha:g} % finds it in 4 of 5 cases; "
                 "normal scores of equal spread.")


def _needed_table(sd, ends, alpha, index, place):
    rows = [dict(difference=difference, **{name: seeds_needed(difference, one, level=alpha)
                                           for name, one in (("seeds", sd), ("low", ends[0]),
                                                             ("high", ends[1]))})
            for difference in _DIFFERENCES]
    return Table(numbered("seeds_needed", index), "The seeds that a difference takes" + place, (
        Column("difference", "true difference", "spread", 1),
        Column("seeds", "seeds of each", "count"), Column("low", "if the sd is smallest", "count"),
        Column("high", "if it is largest", "count")), rows,
        "- : more than ten thousand. Smallest and largest: the interval of the sd.")


def _own_table(samples, alpha, index):
    rows = [dict(identity(sample), n=len(sample.scores), sd=sample.scores.std(ddof=1),
                 difference=detectable_difference(
                     len(sample.scores), sample.scores.std(ddof=1), level=alpha))
            for sample in samples]
    return Table(numbered("power_here", index), "What the seeds here can find", IDENTITY + (
        Column("n", "n", "count"), Column("sd", "sd over seeds", "spread", 2),
        Column("difference", "difference", "spread", 2)), rows,
        "Against a configuration of as many seeds and equal spread.")
