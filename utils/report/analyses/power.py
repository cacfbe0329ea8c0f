"""`power`: which difference so many seeds can find, given the spread of these runs."""
import numpy as np

from utils.errors import UserError
from utils.report.common import IDENTITY, counted, identity
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

    The spread is the pooled sd of these runs.
    """
    try:
        samples = study.samples(at_least=2)
    except UserError:
        samples = []
    samples = [sample for sample in samples if np.ptp(sample.scores) > 0]
    alpha = round(1 - study.options.level, 12)
    sd, degrees = _pooled(samples)
    if sd is None:
        text = ("No configuration has two tested seeds, so their spread is unknown: differences "
                "are in units of the sd over seeds.")
        return Section("power", "Power", (text,), (_seeds_table(None, None, alpha),))
    ends = [sd * factor for factor in sd_factors(degrees + 1, study.options.level)]
    text = ("The sd over seeds, pooled over {}, is {:.2f} points (interval {:.2f} to "
            "{:.2f}, degrees of freedom {}).".format(
                counted(len(samples), "configuration"), 100 * sd, 100 * ends[0], 100 * ends[1],
                degrees))
    return Section("power", "Power", (text, _noise_text(samples, sd)), (
        _seeds_table(sd, ends, alpha), _needed_table(sd, ends, alpha),
        _own_table(samples, alpha)))


def _pooled(samples):
    """Returns (sd over seeds, degrees of freedom); (None, 0) where nothing is known."""
    degrees = sum(len(sample.scores) - 1 for sample in samples)
    if not degrees:
        return None, 0
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


def _seeds_table(sd, ends, alpha):
    rows = [dict(seeds=row.seeds, in_sd=row.in_sd, difference=sd and row.difference,
                 interval=sd and (row.in_sd * ends[0], row.in_sd * ends[1]))
            for row in power_table(sd or 1.0, _SEEDS, level=alpha)]
    columns = [Column("seeds", "seeds of each", "count"),
               Column("in_sd", "in sds over seeds", "number", 2)]
    columns += [Column("difference", "difference", "spread", 2),
                Column("interval", "as the sd is unsure", "spread_interval", 2)] if sd else []
    return Table("power", "The difference that so many seeds find", tuple(columns), rows,
                 f"A verdict at {100 * alpha:g} % finds it in 4 of 5 cases; normal scores of equal "
                 "spread."
                 )


def _needed_table(sd, ends, alpha):
    rows = [dict(difference=difference, **{name: seeds_needed(difference, one, level=alpha)
                                           for name, one in (("seeds", sd), ("low", ends[0]),
                                                             ("high", ends[1]))})
            for difference in _DIFFERENCES]
    return Table("seeds_needed", "The seeds that a difference takes", (
        Column("difference", "true difference", "spread", 1),
        Column("seeds", "seeds of each", "count"), Column("low", "if the sd is smallest", "count"),
        Column("high", "if it is largest", "count")), rows,
        "- : more than ten thousand. Smallest and largest: the interval of the sd.")


def _own_table(samples, alpha):
    rows = [dict(identity(sample), n=len(sample.scores), sd=sample.scores.std(ddof=1),
                 difference=detectable_difference(
                     len(sample.scores), sample.scores.std(ddof=1), level=alpha))
            for sample in samples]
    return Table("power_here", "What the seeds that are here can find", IDENTITY + (
        Column("n", "n", "count"), Column("sd", "sd over seeds", "spread", 2),
        Column("difference", "difference", "spread", 2)), rows,
        "Against a configuration of as many seeds and equal spread.")
