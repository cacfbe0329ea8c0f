"""`importance`: over the runs of a grid, which flag matters, and what picking the best is worth."""
from typing import Dict, List, Sequence

import numpy as np

from utils.errors import UserError
from utils.report import plots
from utils.report.common import counted, known, numbered, score_name
from utils.report.factors import factors
from utils.report.labels import FRAMEWORK
from utils.report.layout import ALWAYS
from utils.report.sample import Sample
from utils.report.section import ANALYSES, Plot, Section
from utils.report.study import Study
from utils.report.table import Column, Table
from utils.statistics.importance import best_of_k_inflation, expected_best_of_n, variance_shares


@ANALYSES.register("importance")
def analyse(study: Study) -> Section:
    """Shares the variance among the flags that vary; gives the expected best of n runs."""
    tables, pictures, text = [], [], []
    sets = [_own(study, samples) for samples in study.test_sets()]
    for index, samples in enumerate(samples for samples in sets if len(samples) > 1):
        scores = np.concatenate([sample.scores for sample in samples])
        levels = run_factors(samples)
        shares = known(variance_shares, levels, scores)
        if shares is None:
            text.append("All {} score alike: there is nothing to explain.".format(
                counted(len(scores), "run")) if not np.ptp(scores) else
                "{} leave no spread beside {}: give each setting 2 seeds or more".format(
                    counted(len(scores), "run"), counted(len(levels), "flag")))
        else:
            text.append(_sentence(shares))
            tables.append(_shares_table(study, shares, levels, index))
        tables.append(_best_table(study, scores, index))
        pictures.append(_plot(study, scores, index))
    if not tables:
        raise UserError("importance: {}: expected a grid, as fcn_sweep.py makes it, tested on one "
                        "test set".format(
                            "all runs have the same flags" if len(sets) < 2 else
                            f"{counted(sum(map(len, sets)), 'configuration')}, no two of which "
                            "were tested on the same images"))
    tables.append(_inflation_table())
    return Section("importance", "Importance", tuple(text), tuple(tables), tuple(pictures))


def _own(study, samples):
    """Returns the samples without those of seg-mentor, which has other flags."""
    others = [sample.label for sample in samples if sample.configuration.flags.get(FRAMEWORK)]
    if others and len(samples) > 1:
        study.note("importance: left out, as its flags are not those of fcn_train.py: {}".format(
            ", ".join(others)))
    return [sample for sample in samples if sample.label not in others]


def run_factors(samples: Sequence[Sample]) -> Dict[str, List[int]]:
    """Codes the `factors` of samples run by run.

    Returns:
      {flags: [value per run]}; values are numbers that stand for the flags' own.
    """
    flags = [sample.configuration.flags for sample in samples]
    return {", ".join(names): [values.index(value) for value, sample in zip(values, samples)
                               for _ in sample.scores]
            for names, values in factors(flags).items()}


def _sentence(shares):
    best = max(shares.factors, key=shares.factors.get)
    most = (f"{best} adds most to the others ({100 * shares.factors[best]:.0f} %)"
            if shares.factors[best] >= .005 else "none adds to the others what those do not tell")
    return (f"Flags explain {100 * max(shares.together, 0):.0f} % of the variance of {shares.runs} "
            f"runs, seeds and the rest {100 * min(shares.rest, 1):.0f} %; {most}.")


def _shares_table(study, shares, levels, index):
    rows = [dict(factor="all flags together", levels=len(set(zip(*levels.values()))),
                 share=shares.together)]
    rows += [dict(factor=name, levels=len(set(levels[name])), adds=share)
             for name, share in sorted(shares.factors.items(), key=lambda pair: -pair[1])]
    if len(levels) > 1:
        rows += [dict(factor="interactions", adds=shares.interactions),
                 dict(factor="several flags alike", adds=shares.overlap)]
    rows.append(dict(factor="seeds and rest", share=shares.rest))
    return Table(
        numbered("importance", index), f"Which flag explains the spread of {score_name(study)}", (
                Column("factor", "flag", keep=ALWAYS), Column("levels", "values", "count"),
                Column("share", "of the variance", "percent", keep=ALWAYS),
                Column("adds", "of which", "percent", keep=ALWAYS)), rows,
        "The first share adds up to 100, the second to all flags together: what each flag adds to "
        "the others; interactions, what it does only with another; what several explain alike, as "
        f"they change together here. Omega squared of {shares.runs} runs, {shares.error_degrees} "
        "degrees of freedom for the error: bias-corrected, so slightly negative means none.")


def _sizes(count):
    return [n for n in (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000) if n < count] + [count]


def _best_table(study, scores, index):
    sizes = _sizes(len(scores))
    rows = [dict(n=n, best=best) for n, best in zip(sizes, expected_best_of_n(scores, sizes))]
    return Table(numbered("best_of_n", index), "Expected best of n runs of this grid", (
        Column("n", "runs tried", "count"), Column("best", "expected best", "percent", 2)), rows,
        f"{score_name(study)} over {len(scores)} runs; drawn without replacement.")


def _plot(study, scores, index):
    sizes = np.arange(1, len(scores) + 1)

    def draw():
        return plots.curves(["expected best"], [sizes],
                            [(expected_best_of_n(scores, sizes), None, None)], "runs tried",
                            f"best {score_name(study)}, %")
    return Plot(numbered("best_of_n", index), "Expected best of n runs", "Unbiased estimate from "
                f"the {len(scores)} runs here.", draw)


def _inflation_table():
    rows = [dict(k=k, sds=best_of_k_inflation(k)) for k in (2, 3, 5, 10, 20)]
    return Table("best_of_k", "What \"best of k seeds\" fakes", (
        Column("k", "seeds", "count"), Column("sds", "above the mean, in sds", "number", 2)), rows,
        "Of equal runs with normal scores; no difference between configurations is needed.")
