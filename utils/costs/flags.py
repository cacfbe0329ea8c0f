"""Declares the flags of fcn_nets.py, and refuses those that contradict each other. Plain Python."""
import dataclasses
from typing import List, Sequence, Tuple

from utils.costs.plot import COSTS
from utils.costs.tables import ORDERS, TIMED
from utils.data.splits import SPLITS, canonical_split
from utils.errors import UserError
from utils.names import unknown_name
from utils.runs.commands import split_words
from utils.runs.flags import flag, parse_flags, parse_size
from utils.runs.roles import names
from utils.runs.train_flags.learning import PRECISIONS
from utils.runs.train_flags.net import OUTPUT_STRIDES
from utils.statistics.miou import METRICS
from utils.values import parse_number, require_file_to_write

_OUTPUT_STRIDES = tuple(map(str, OUTPUT_STRIDES))


@dataclasses.dataclass(frozen=True)
class NetsFlags:
    """Which nets, what of them, and where it goes."""
    basenet: str = flag("", "feature extractors, with commas between (default: all)", "nets",
                        marks="of_runs usual")
    decoder: str = flag("", "decoders, with commas between: FCN32, FCN16, FCN8, FCN4, LinkNet and "
                        "those of your own, with parameters as --extended_arch takes them "
                        "(default: all)", "nets", marks="of_runs usual")
    depth_multiplier: str = flag("1", "widths of extractors that come in widths: 0.5,1", "nets",
                                 marks="of_runs")
    output_stride: str = flag("32", "strides of the deepest features: 32, 16 and 8 with commas "
                              "between", "nets", marks="of_runs")
    precision: str = flag("float32", "what training computes in: float32, mixed or float32,mixed",
                          "nets", marks="of_runs")
    pixels: str = flag("256", "size of the images: 512, or 360x480 (height x width)", "nets",
                       marks="of_runs usual")
    classes: int = flag(11, "channels of the logits", "nets", at_least=1, at_most=255,
                        marks="of_runs")
    batch_size: int = flag(8, "images at once, for speed and memory", "nets", at_least=1,
                           at_most=4096, marks="usual")
    speed: bool = flag(True, "measure speed and memory; --no-speed only counts", "measuring",
                       marks="usual")
    rounds: int = flag(5, "timed rounds, of a second or more", "measuring", at_least=1)
    passes: int = flag(1, "go through the nets so many times: they take turns, and the spread "
                       "shows how the machine drifts", "measuring", at_least=1)
    memory: float = flag(0.0, "most GB that a net may take (default: what is free)", "measuring",
                         at_least=0)
    gpu: int = flag(0, "the GPU to use; -1 for none", "measuring", short="g", at_least=-1)
    runs: str = flag("", "run folders, with commas between; or without the flag", "runs",
                     marks="usual")
    split: str = flag("test", "the split that was tested", "runs", choices=SPLITS,
                      convert=canonical_split, marks="for_runs")
    result: str = flag("", "another result than that of the newest checkpoint at the size of "
                       "training: best, 384x384 (the rest of the files' names in <run>/test)",
                       "runs", marks="for_runs")
    metric: str = flag("miou_d", "which mean", "runs", choices=METRICS, marks="for_runs")
    level: float = flag(.95, "confidence level of intervals", "runs", at_least=.5, at_most=.999,
                        marks="for_runs")
    sort: str = flag("", "what to sort by, the best first (default: miou of runs, else gflops)",
                     "output", choices=[""] + list(ORDERS), marks="usual")
    csv: str = flag("", "file for the table as CSV, written anew after each net", "output",
                    path="file")
    markdown: bool = flag(False, "print the table as Markdown too", "output")
    plot: str = flag("nets.svg", "file for the plot of runs, .svg or .png", "output",
                     path="file", marks="for_runs usual")
    against: str = flag("", "what the plot shows accuracy against, with commas between: {} "
                        "(default: gflops, and training or parameters)".format(", ".join(COSTS)),
                        "output", marks="for_runs")


def parse(argv: Sequence[str], page: str) -> Tuple[NetsFlags, List[str]]:
    """Parses a command line: (`NetsFlags`, words that name runs).

    Args:
      argv: the words behind the script's name.
      page: the top of the help page.

    Raises:
      UserError: a value cannot be used, or flags contradict each other.
    """
    words, rest = split_words(NetsFlags, argv)
    flags, given = parse_flags(NetsFlags, rest, page)
    runs = listed(flags.runs) + words
    if parse_size(flags.pixels) is None:
        raise UserError(f"--pixels={flags.pixels}: expected one size for all nets, 256 or 360x480 "
                        "say")
    _require_sense(given, runs)
    _require_known("against", listed(flags.against), COSTS)
    _require_known("precision", listed(flags.precision) or [""], PRECISIONS)
    _require_known("output_stride", listed(flags.output_stride) or [""], _OUTPUT_STRIDES)
    for name in ("sort", "against"):
        _require_measured(name, listed(getattr(flags, name)), flags, runs)
    _require_ending("csv", flags.csv, (".csv",))
    _require_ending("plot", flags.plot, (".svg", ".png"))
    if runs:  # the default path is checked too
        require_file_to_write("plot", flags.plot)
    return flags, runs


def listed(text: str) -> List[str]:
    """Splits "a,b" into its words, each once."""
    return list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def output_strides(text: str) -> List[int]:
    """Parses --output_stride."""
    return [int(word) for word in listed(text)]


def widths(text: str) -> List[float]:
    """Parses --depth_multiplier; a `UserError` for what is no list of widths."""
    try:
        found = [parse_number(word) for word in listed(text)]
    except ValueError:
        found = []
    if not found or not all(0 < width <= 8 for width in found):
        raise UserError(f"--depth_multiplier: got {text!r}, expected numbers above 0 and at most "
                        "8, with commas between them, as 0.5,1")
    return found


def _require_sense(given, runs):
    """Refuses flags for runs without runs, and flags of nets with runs."""
    told = given.intersection(names(NetsFlags, mark="of_runs"))
    if runs and told:
        raise UserError("--{} and the runs {} contradict each other: nets, sizes and classes are "
                        "those of the runs; leave out one of the two".format(
                            min(told), ", ".join(runs[:3])))
    idle = given.intersection(names(NetsFlags, mark="for_runs"))
    if not runs and idle:
        raise UserError(f"--{min(idle)} is of use with runs only: name their folders too, as tmp/*")


def _require_known(name, words, known):
    for word in words:
        if word not in known:
            raise UserError(f"--{name}: " + unknown_name("value", word, known))


def _require_measured(name, columns, flags, runs):
    """Refuses a flag that asks for a column which is not measured."""
    for column in columns:
        if column in TIMED and not flags.speed:
            raise UserError(f"--{name}={column} needs a measurement, which --no-speed leaves out: "
                            "leave out one of the two")
        if column == "miou" and not runs:
            raise UserError(f"--{name}=miou needs runs: name their folders too, as tmp/*")


def _require_ending(name, path, endings):
    """Refuses the name of a file without the ending of its format."""
    if path and not path.lower().endswith(endings):
        raise UserError("--{}={}: expected a file that ends in {}".format(
            name, path, " or ".join(endings)))
