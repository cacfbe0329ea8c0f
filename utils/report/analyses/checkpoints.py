"""`checkpoints`: how much the choice of the checkpoint moves a score, and what picking it costs."""
import dataclasses

import numpy as np

from utils.errors import UserError
from utils.report import figures, plots
from utils.report.advice import more_seeds, test_command
from utils.report.checkpoints import (
    ENOUGH,
    FEWEST,
    curve_scores,
    kept_scores,
    together_text,
    untested,
    why_not_kept,
)
from utils.report.common import IDENTITY, identity, known, numbered, percent_level
from utils.report.layout import ALWAYS
from utils.report.section import ANALYSES, Advice, Plot, Section
from utils.report.study import Study
from utils.report.table import Column, Table
from utils.statistics.checkpoints import freeze_point
from utils.statistics.components import checkpoint_components

_COLUMNS = IDENTITY + (
    Column("runs", "n", "count"), Column("checkpoints", "k", "count"),
    Column("steps", "steps", keep=0),
    Column("sd_validation", "sd validation", "spread", 2, "", keep=0),
    Column("detrended_validation", "trend removed", "spread", 2, "", keep=0,
           of="sd_validation"),
    Column("sd_test", "sd test", "spread", 2, "", keep=ALWAYS),
    Column("detrended_test", "trend removed", "spread", 2, "", keep=2, of="sd_test"),
    Column("lag1", "lag 1", "number", 2, keep=0),
    Column("lag1_independent", "if independent", "number", 2, keep=0, of="lag1"),
    Column("gain_validation", "best gains on validation", "points", 2, ""),
    Column("gain_validation_interval", "interval", "points_interval", 2, shown=False),
    Column("gain_test", "best gains on test", "points", 2, ""),
    Column("gain_test_interval", "interval", "points_interval", 2, shown=False),
    Column("optimism", "optimism", "points", 2, "", keep=2),
    Column("optimism_interval", "interval", "points_interval", 2, "", keep=2, of="optimism"),
    Column("picked_minus_last_test", "best - last, test", "points", 2, ""),
    Column("picked_minus_last_test_interval", "interval", "points_interval", 2, "", keep=0,
           of="picked_minus_last_test"),
    Column("loss", "loss", "spread", 2, "", keep=0),
    Column("loss_interval", "interval", "points_interval", 2, shown=False),
    Column("correlation", "r", "number", 2, keep=0),
    Column("picked_last", "runs whose best is the last", "count", shown=False))


@ANALYSES.register("checkpoints")
def analyse(study: Study) -> Section:
    """Makes the freeze-point table: of stored tests where there are, else of curves."""
    samples = study.samples()
    found = [(sample, kept_scores(study, sample)) for sample in samples]
    without = [sample for sample, scores in found if not scores]
    kept = [(sample, scores) for sample, scores in found if scores]
    if kept:
        for sample in without:
            study.note(f"checkpoints: left out: {sample.label}: {why_not_kept(study, sample)}")
        short = without + [sample for sample, scores in kept if len(scores.steps) < ENOUGH]
        return dataclasses.replace(_from_tests(study, kept), advice=tuple(
            advice for sample in short[:1] for advice in _advice(study, sample)))
    curves = [(sample, curve_scores(study, sample)) for sample in samples]
    curves = [(sample, scores) for sample, scores in curves if scores]
    if not curves:
        raise UserError("no run kept 3 checkpoints that were tested on validation and test, and "
                        "none evaluated 3 times while it trained: {}".format("; ".join(
                            advice.command for advice in _advice(study, samples[0]))))
    return _from_curves(study, curves, samples[0])


def _advice(study, sample):
    """What gives a configuration `ENOUGH` tested checkpoints: a test of those that are there, or a
    run that keeps so many."""
    for fewest in (ENOUGH, FEWEST):
        for record in sample.records:
            if len(record.folder.kept_checkpoints()) < fewest:
                continue
            tests = tuple(
                Advice(f"Score the kept checkpoints of {record.name} on {split}",
                       test_command(record, split, study.asked.of(checkpoint="kept").rest))
                for split in ("validation", "test") if untested(study, record, split))
            if tests:
                return tests
    steps = sample.records[0].total_steps or 0
    trained = more_seeds(sample.configuration, test_kept=ENOUGH, **(
        {"keep_every": max(steps // (ENOUGH + 2), 1)} if steps else {}))
    return () if trained is None else (
        Advice(f"{trained.why}, which keeps checkpoints and tests the last {ENOUGH}",
               trained.command),)


def _from_tests(study, kept):
    rows, luck = [], []
    for sample, scores in kept:
        found = freeze_point(scores.validation, scores.test, scores.steps, study.options.level)
        row = dict(identity(sample), runs=len(scores.names), checkpoints=len(scores.steps),
                   steps=f"{scores.steps[0]} - {scores.steps[-1]}",
                   sd_validation=found.pooled_validation, sd_test=found.pooled_test,
                   lag1=found.lag1_test, correlation=found.correlation)
        row["picked_last"] = int((found.picked == len(scores.steps) - 1).sum())
        for split in ("validation", "test"):
            parts = known(checkpoint_components, getattr(scores, split))
            row["detrended_" + split] = parts and parts.within_sd
        row["lag1_independent"] = parts and parts.lag1_independent
        luck += [parts] if parts else []
        for name in ("gain_validation", "gain_test", "optimism", "loss",
                     "picked_minus_last_test"):
            summary = getattr(found, name)
            row.update({name: summary.mean, name + "_interval": summary.mean_interval})
        rows.append(row)
    table = Table(
        "checkpoints", "Freeze point: the last checkpoints of a run, in points of mIoU", _COLUMNS,
        rows, "n runs, k checkpoints each. sd: among the checkpoints of a run, pooled; it "
        "contains what training still gained from one to the next. trend removed: sd around each "
        "run's own line, what is left for luck, at least; from 4 checkpoints on. lag 1: "
        "correlation of neighbours on test around that line; if independent: -2 / k. best gains: "
        "the checkpoint that is best on validation, above the mean checkpoint. optimism: its gain "
        "on validation minus on test. loss: the best on test minus it, on test. r: of validation "
        f"and test. Intervals: {percent_level(study)} t over seeds.")
    return Section("checkpoints", "Checkpoints", (_sentence(rows),) + together_text(luck), (table,),
                   tuple(_plot(study, own, split, index) for index, own in enumerate(
                       study.by_test_set(kept, lambda pair: pair[0].configuration))
                         for split in ("validation", "test")))


def _sentence(rows):
    sds, gains = [row["sd_test"] for row in rows], [row["optimism"] for row in rows]
    luck = [row["detrended_test"] for row in rows if row["detrended_test"] is not None]
    text = ("Where training is stopped moves the test score by a sd of {}{}; the checkpoint "
            "picked on validation promises {} more there than it keeps on test.".format(
                _range(sds), f" (at least {_range(luck)} around each run's trend)"
                if luck else "", _range(gains)))
    last, runs = (sum(row[name] for row in rows) for name in ("picked_last", "runs"))
    if 2 * last > runs:
        text += (f" In {last} of {runs} runs that is the last one: training still gained, and the "
                 "optimism is mostly that it gained more on validation.")
    return text


def _range(fractions):
    low, high = (f"{100 * end:.2f}" for end in (np.nanmin(fractions),
                                                        np.nanmax(fractions)))
    return (low if low == high else f"{low} to {high}") + " points"


def _plot(study, kept, split, index):
    kept = sorted(kept, key=lambda pair: -pair[0].scores.mean())[:figures.MOST_LINES]

    def draw():
        scores = [getattr(one, split) for _, one in kept]
        return plots.curves(
            [sample.label for sample, _ in kept], [one.steps for _, one in kept],
            [(values.mean(0), None, None) for values in scores], "step",
            f"mIoU on {split}, %", lines=scores,
            colours=study.colours([sample.configuration for sample, _ in kept]))
    return Plot(numbered("checkpoints_" + split, index), "Kept checkpoints on " + split,
                "Thin: each run; thick: mean over {} runs.".format(
                    " / ".join(str(len(one.names)) for _, one in kept)), draw)


def _from_curves(study, curves, sample):
    rows, luck = [], []
    for one, scores in curves:
        found = known(checkpoint_components, scores.validation)
        row = dict(identity(one), runs=len(scores.names), checkpoints=len(scores.steps),
                   steps=f"{scores.steps[0]} - {scores.steps[-1]}",
                   sd=float(np.sqrt(scores.validation.var(1, ddof=1).mean())))
        if found:
            row.update(within=found.within_sd, lag1=found.lag1, trend=found.trend,
                       lag1_independent=found.lag1_independent)
            luck.append(found)
        row["gain"] = float((scores.validation.max(1) - scores.validation[:, -1]).mean())
        rows.append(row)
    columns = IDENTITY + (
        Column("runs", "n", "count"), Column("checkpoints", "k", "count"),
        Column("steps", "steps", keep=0), Column("sd", "sd", "spread", 2, keep=ALWAYS),
        Column("within", "sd, trend removed", "spread", 2),
        Column("lag1", "lag 1", "number", 2),
        Column("lag1_independent", "if independent", "number", 2, of="lag1"),
        Column("trend", "trend a step", "points", 3),
        Column("gain", "best - last", "points", 2))
    text = ("From the curves of metrics.jsonl: validation only, on the part of the split that runs "
            f"watch while they train. The freeze point of {sample.label} is not known: "
            f"{why_not_kept(study, sample)}.")
    table = Table("checkpoints", "The last evaluations of a run on validation", columns, rows,
                  "n runs, k evaluations each. Trend removed: at least so much. lag 1: correlation "
                  "of neighbours, trend removed; if independent: -2 / k.")
    return Section("checkpoints", "Checkpoints", (text,) + together_text(luck), (table,),
                   advice=_advice(study, sample))
