"""`importance`: over the runs of a grid, which flag matters, and what picking the best is worth."""
import numpy as np

from utils.errors import UserError
from utils.report import plots
from utils.report.common import known, numbered, score_name
from utils.report.labels import DECODER_FLAGS, decoder_name, differing_flags
from utils.report.section import ANALYSES, Plot, Section
from utils.report.table import Column, Table
from utils.statistics.importance import best_of_k_inflation, expected_best_of_n, variance_shares




@ANALYSES.register("importance")
def analyse(study):
    """Omega squared of each flag that varies, and the expected best of n runs."""
    tables, pictures, text = [], [], []
    for index, samples in enumerate(sets for sets in study.test_sets() if len(sets) > 1):
        scores = np.concatenate([sample.scores for sample in samples])
        levels = factors(samples)
        shares = known(variance_shares, levels, scores)
        if shares is None:
            text.append("{} runs leave no spread beside {} flags: give each setting 2 seeds or more"
                        .format(len(scores), len(levels)))
        else:
            tables.append(_shares_table(study, shares, levels, scores, index))
        tables.append(_best_table(study, scores, index))
        pictures.append(_plot(study, scores, index))
    if not tables:
        raise UserError("importance: all runs have the same flags: expected a grid, as "
                        "fcn_sweep.py makes it")
    tables.append(_inflation_table())
    return Section("importance", "Importance", tuple(text), tuple(tables), tuple(pictures))


def factors(samples):
    """{flag: [value per run]} of the flags that differ among samples; the decoder is one factor.

    Flags that change together are one factor, for nothing can tell them apart; values are numbers
    that stand for the flags' own.
    """
    flags = [sample.configuration.flags for sample in samples]
    found = {name: values for name, values in differing_flags(flags).items()
             if name not in DECODER_FLAGS}
    decoders = [decoder_name(one) for one in flags]
    if len(set(decoders)) > 1:
        found["decoder"] = decoders
    merged = {}
    for name, values in sorted(found.items()):
        codes = [values.index(value) for value in values]
        merged.setdefault(tuple(codes), []).append(name)
    return {", ".join(names): [code for code, sample in zip(codes, samples) for _ in sample.scores]
            for codes, names in merged.items()}


def _shares_table(study, shares, levels, scores, index):
    cells = list(zip(*levels.values()))
    rows = [dict(factor=name, levels=len(set(levels[name])), share=share)
            for name, share in sorted(shares.factors.items(), key=lambda pair: -pair[1])]
    whole = known(variance_shares, {"all": cells}, scores)
    if whole is not None and len(levels) > 1:
        rows.insert(0, dict(factor="all flags together", levels=len(set(cells)),
                            share=whole.factors["all"]))
    rows += [dict(factor="interactions", share=shares.interactions)] if len(levels) > 1 else []
    rows.append(dict(factor="seeds and rest", share=shares.rest))
    return Table(
        numbered("importance", index), "Which flag explains the spread of {}".format(
            score_name(study)), (Column("factor", "flag"), Column("levels", "values", "count"),
                                 Column("share", "omega squared", "percent", 1)), rows,
        "{} runs. Share of the variance, bias-corrected (slightly negative: none); {} degrees of "
        "freedom for the error.".format(shares.runs, shares.error_degrees))


def _sizes(count):
    return [n for n in (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000) if n < count] + [count]


def _best_table(study, scores, index):
    sizes = _sizes(len(scores))
    rows = [dict(n=n, best=best) for n, best in zip(sizes, expected_best_of_n(scores, sizes))]
    return Table(numbered("best_of_n", index), "Expected best of n runs of this grid", (
        Column("n", "runs tried", "count"), Column("best", "expected best", "percent", 2)), rows,
        "{} over {} runs; drawn without replacement.".format(score_name(study), len(scores)))


def _plot(study, scores, index):
    sizes = np.arange(1, len(scores) + 1)

    def draw():
        return plots.curves(["expected best"], [sizes],
                            [(expected_best_of_n(scores, sizes), None, None)], "runs tried",
                            "best {}, %".format(score_name(study)))
    return Plot(numbered("best_of_n", index), "Expected best of n runs", "Unbiased estimate from "
                "the {} runs here.".format(len(scores)), draw)


def _inflation_table():
    rows = [dict(k=k, sds=best_of_k_inflation(k)) for k in (2, 3, 5, 10, 20)]
    return Table("best_of_k", "What \"best of k seeds\" fakes", (
        Column("k", "seeds", "count"), Column("sds", "above the mean, in sds", "number", 2)), rows,
        "Of equal runs with normal scores; no difference between configurations is needed.")
