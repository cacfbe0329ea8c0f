#!/usr/bin/env python
"""What nets cost: the table to choose one by, for every feature extractor with every decoder.

    python fcn_nets.py --no-speed             parameters and GFLOPs
    python fcn_nets.py --basenet=vgg_16,resnet_v1_18 --decoder=FCN8,LinkNet
    python fcn_nets.py tmp/* --plot=nets.svg  accuracy of runs beside cost

GFLOPs count 2 operations per multiply-add. Speed and peak memory, forward and in training, are
measured in a process of its own for each net. With run folders, the nets are those of the runs.
"""
from utils import needs  # noqa: F401  first: says what this Python lacks

# isort: split

import os

from rich.console import Console
from rich.text import Text
from tqdm import tqdm

from archs import DECODERS, EXTRACTORS, build_arch, get_extractor
from utils.costs import accuracy
from utils.costs.flags import listed, parse, widths
from utils.costs.net import make_net
from utils.costs.plot import accuracy_plot
from utils.costs.survey import Survey
from utils.costs.tables import explain, make_table, sort_rows
from utils.errors import Interrupted, UserError, run_script
from utils.files import write_bytes, write_text
from utils.machine import usable_cpus
from utils.report.collect import collect
from utils.report.common import score_name
from utils.report.plots import render, render_png
from utils.report.study import Options, Study
from utils.tf_compat import tf
from utils.train.session import require_precision

#: The ways to ask for a decoder's skip connections, from coarse to fine.
_SKIPS = ({"fcn16": False}, {"fcn16": True}, {"fcn8": True}, {"fcn4": True})


def main(argv):
    # ---- What to measure: mistakes end here.
    flags, runs = parse(argv, __doc__)
    os.environ["CUDA_VISIBLE_DEVICES"] = str(flags.gpu)
    study = open_study(flags, runs) if runs else None
    nets = accuracy.tested_nets(study, flags.batch_size) if study else [
        (net, {}) for net in chosen_nets(flags)]

    # ---- Measure: what was found is kept when the rest is interrupted.
    survey = Survey(build_arch, flags.rounds, flags.memory * 1e9)

    def rows():
        return sort_rows([dict(cells, **survey.cells(net)) for net, cells in nets],
                         flags.sort or ("miou" if study else "gflops"))
    finished = measure(survey, list(dict.fromkeys(net for net, _ in nets)), flags,
                       lambda: write_csv(rows(), flags.csv))

    # ---- Show.
    note = explain(flags.rounds * flags.passes, survey.idle()) if flags.speed else explain()
    table = make_table(rows(), " ".join([note] + ([accuracy.explain(study)] if study else [])))
    show(table, flags, study.notes if study else ())
    if study:
        draw(rows(), flags, study)
    if not finished:
        raise Interrupted("the table has what was measured until then")


# ---- what to measure ----

def open_study(flags, runs):
    """The `Study` of runs, as fcn_report.py's."""
    return Study(collect(runs), Options(split=flags.split, result=flags.result,
                                        metric=flags.metric, level=flags.level))


def chosen_nets(flags):
    """The `Net`s that the flags name: each extractor at each width with each decoder, at each
    precision.

    Raises:
      UserError: an unknown name, a width of an extractor that has one only, both asked for, or a
        precision that cannot be had here.
    """
    extractors = [EXTRACTORS.canonical(name) for name in listed(flags.basenet)]
    decoders = choose_decoders(listed(flags.decoder))
    precisions = listed(flags.precision)
    for precision in precisions if flags.speed else ():
        require_precision(precision)
    nets = []
    for basenet in dict.fromkeys(extractors or EXTRACTORS.names()):
        narrow = extractors or get_extractor(basenet).widths
        for width in widths(flags.depth_multiplier) if narrow else [1.0]:
            get_extractor(basenet, width)
            nets += [make_net(name, flags.classes, dict(
                skips, basenet=basenet, depth_multiplier=width, pixels=flags.pixels,
                batch_size=flags.batch_size, precision=precision))
                for name, skips in decoders.items() for precision in precisions]
    return nets


def all_decoders():
    """{name: its flags}. A decoder that follows --fcn16, --fcn8 and --fcn4 comes once for each
    stride, with the stride in its name; one that does not comes once."""
    found = {}
    for name in DECODERS.names():
        strides = {}
        for skips in _SKIPS:
            described = make_net(name, 2, dict(skips, extended_arch=name))
            try:
                strides.setdefault(build_arch(described.flags, 2).finest,
                                   dict(skips, extended_arch=name))
            except UserError:  # it wants its skip connections
                continue
        found.update({name + (str(stride) if len(strides) > 1 else ""): flags
                      for stride, flags in strides.items()})
    return found


def choose_decoders(names):
    """Those of `all_decoders` with these names, in capitals or not; all without names."""
    known = all_decoders()
    lower = {name.lower(): name for name in known}
    for name in names:
        if name.lower() not in lower:
            raise UserError("--decoder: unknown decoder {!r}: choose of {}".format(
                name, ", ".join(known)))
    return {lower[name.lower()]: known[lower[name.lower()]] for name in names} or known


# ---- measure and show ----

def measure(survey, nets, flags, keep):
    """Fills the survey; calls `keep` after each net. False when Ctrl-C ended it early."""
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


def write_csv(rows, path):
    """The table as a file, where a path was given."""
    if path:
        write_text(path, make_table(rows).csv())


def show(table, flags, notes):
    """Prints the table, and what was left out."""
    console = Console(highlight=False)
    console.print(Text(f"TensorFlow {tf.__version__}, {usable_cpus()} cores"))
    console.print(table.rich())
    if flags.markdown:
        console.print(Text(table.markdown()), soft_wrap=True)
    for line in notes:
        console.print(Text(line))


def draw(rows, flags, study):
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
