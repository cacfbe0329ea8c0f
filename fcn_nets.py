#!/usr/bin/env python
"""Measures what nets cost: a table of every feature extractor with every decoder.

    python fcn_nets.py --no-speed             parameters and GFLOPs
    python fcn_nets.py --basenet=vgg_16,resnet_v1_18 --decoder=FCN8,LinkNet
    python fcn_nets.py tmp/* --plot=nets.svg  accuracy of runs beside cost

GFLOPs count 2 operations per multiply-add. A process of its own measures speed and peak memory of
each net, forward and in training. With run folders, the nets are those of the runs.
"""
from utils import needs  # noqa: F401  first: says what this Python lacks

# isort: split

import os
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from rich.console import Console
from rich.text import Text
from tqdm import tqdm

from archs import (
    EXTRACTORS,
    build_arch,
    choose_variants,
    get_extractor,
    imagenet_accuracy,
    net_problem,
)
from utils.costs import accuracy
from utils.costs.flags import NetsFlags, listed, output_strides, parse, widths
from utils.costs.net import Net, make_net
from utils.costs.plot import accuracy_plot
from utils.costs.survey import Survey
from utils.costs.tables import explain, make_table, sort_rows
from utils.errors import Interrupted, UserError, run_script
from utils.files import write_bytes, write_text
from utils.machine import usable_cpus
from utils.report.collect import collect
from utils.report.common import score_name
from utils.report.figures import render, render_png
from utils.report.study import Options, Study
from utils.report.table import Table
from utils.tf_compat import tf
from utils.train.session import require_precision


def main(argv: Sequence[str]) -> None:
    """Runs the command on the words behind the script's name."""
    # ---- What to measure: mistakes end here.
    flags, runs = parse(argv, __doc__)
    os.environ["CUDA_VISIBLE_DEVICES"] = str(flags.gpu)
    study = open_study(flags, runs) if runs else None
    chosen, notes = ([], study.notes) if study else chosen_nets(flags)
    nets = accuracy.tested_nets(study, flags.batch_size) if study else [
        (net, {}) for net in chosen]

    # ---- Measure: an interruption keeps the measurements before it.
    survey = Survey(build_arch, flags.rounds, flags.memory * 1e9)

    def rows():
        return sort_rows([dict(cells, top1=top1(net), **survey.cells(net)) for net, cells in nets],
                         flags.sort or ("miou" if study else "gflops"))
    finished = measure(survey, list(dict.fromkeys(net for net, _ in nets)), flags,
                       lambda: write_csv(rows(), flags.csv))

    # ---- Show.
    note = explain(flags.rounds * flags.passes, survey.idle()) if flags.speed else explain()
    table = make_table(rows(), " ".join([note] + ([accuracy.explain(study)] if study else [])))
    show(table, flags, notes)
    if study:
        draw(rows(), flags, study)
    if not finished:
        raise Interrupted("the table has the measurements before the interruption")


# ---- what to measure ----

def open_study(flags: NetsFlags, runs: Sequence[str]) -> Study:
    """Opens the `Study` of runs, as fcn_report.py does."""
    return Study(collect(runs), Options(split=flags.split, result=flags.result,
                                        metric=flags.metric, level=flags.level))


def chosen_nets(flags: NetsFlags) -> Tuple[List[Net], List[str]]:
    """Combines extractors, widths, output strides, decoders and precisions to nets.

    Returns:
      (nets, a line on each combination that is left out).

    Raises:
      UserError: an unknown name, a width of an extractor that has one width only, a precision that
        is not to be had here, or all combinations are left out.
    """
    decoders, precisions = chosen_decoders(flags), listed(flags.precision)
    for precision in precisions if flags.speed else ():
        require_precision(precision)
    nets, problems = [], []
    for place in chosen_extractors(flags):
        for name, decoder in decoders.items():
            made = [make_net(name, flags.classes, dict(
                decoder, pixels=flags.pixels, batch_size=flags.batch_size, precision=precision,
                **place)) for precision in precisions]
            problem = net_problem(made[0].flags)
            problems += [problem] if problem else []
            nets += [] if problem else made
    if not nets:
        raise UserError(problems[0])
    return nets, ["left out: " + problem for problem in dict.fromkeys(problems)]


def chosen_extractors(flags: NetsFlags) -> List[Dict[str, Any]]:
    """Lists the flags of each feature extractor at each width and output stride."""
    names = [EXTRACTORS.canonical(name) for name in listed(flags.basenet)]
    found = []
    for basenet in dict.fromkeys(names or EXTRACTORS.names()):
        narrow = names or get_extractor(basenet).widths
        for width in widths(flags.depth_multiplier) if narrow else [1.0]:
            get_extractor(basenet, width)
            found += [dict(basenet=basenet, depth_multiplier=width, output_stride=stride)
                      for stride in output_strides(flags.output_stride)]
    return found


def chosen_decoders(flags: NetsFlags) -> Dict[str, Mapping[str, Any]]:
    """Parses --decoder: {name: flags} of each decoder."""
    try:
        return choose_variants(listed(flags.decoder))
    except UserError as error:
        raise UserError(f"--decoder: {error}") from None


def top1(net: Net) -> Optional[float]:
    """Returns the ImageNet top-1 accuracy, in percent, of a net's published checkpoint."""
    found = imagenet_accuracy(net.flags.basenet, net.flags.depth_multiplier)
    return found and found.top1


# ---- measure and show ----

def measure(survey: Survey, nets: List[Net], flags: NetsFlags,
            keep: Callable[[], None]) -> bool:
    """Fills the survey, and calls `keep` after each net; returns False after Ctrl-C."""
    jobs = [(survey.count, net) for net in nets]
    jobs += [(survey.time, net) for net in nets * (flags.passes if flags.speed else 0)]
    try:
        with tqdm(jobs, unit="net", dynamic_ncols=True, disable=None) as bar:
            for job, net in bar:
                bar.set_postfix_str(net.label)
                job(net)
                keep()
    except KeyboardInterrupt:
        return False
    return True


def write_csv(rows: List[Dict[str, Any]], path: str) -> None:
    """Writes the table as CSV, where a path was given."""
    if path:
        write_text(path, make_table(rows).csv())


def show(table: Table, flags: NetsFlags, notes: Iterable[str]) -> None:
    """Prints the table, and the lines on combinations that were left out."""
    console = Console(highlight=False)
    console.print(Text(f"TensorFlow {tf.__version__}, {usable_cpus()} cores"))
    console.print(table.rich())
    if flags.markdown:
        console.print(Text(table.markdown()), soft_wrap=True)
    for line in notes:
        console.print(Text(line))


def draw(rows: List[Dict[str, Any]], flags: NetsFlags, study: Study) -> None:
    """Writes the plot of accuracy against cost."""
    costs = listed(flags.against) or ["gflops", "training" if flags.speed else "parameters"]
    plot = accuracy_plot(rows, costs, score_name(study))
    if flags.plot.lower().endswith(".png"):
        write_bytes(flags.plot, render_png(plot))
    else:
        write_text(flags.plot, render(plot))
    print(f"{flags.plot}: {plot.title}. {plot.note}")


if __name__ == "__main__":
    run_script(main)
