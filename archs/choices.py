"""What flags say of a net: feature extractor and decoder by name, and `build_arch`."""
from typing import Any, Collection, Dict, Mapping

from archs.base import DECODERS, BaseArch
from archs.extractors import EXTRACTORS, FeatureExtractor, get_extractor
from utils.errors import UserError
from utils.names import unknown_name
from utils.registry import Choice, Spelling

#: The decoder where --extended_arch is empty.
DEFAULT_DECODER = "FCN"


def net_choices() -> Dict[str, Spelling]:
    """Returns what `utils.runs.flags.parse_flags` allows for the flags that name a net."""
    return {"basenet": Spelling(EXTRACTORS),
            "extended_arch": _DecoderSpelling(DECODERS, empty=True)}


def build_arch(flags: Any, num_classes: int) -> BaseArch:
    """Makes the net that flags describe; `build` and `build_net` of the result make its graph.

    Args:
      flags: an object with basenet, depth_multiplier, output_stride (32, or 16 or 8 for an atrous
        feature extractor, whose weights fit all three), extended_arch ("" is FCN, "FPN:128" gives a
        parameter), weight_decay, bn_decay, noise_seed, and what decoders declare in `FLAGS`.
      num_classes: channels of the logits.

    Raises:
      UserError: for unknown names, parameters and output strides, for flags that contradict one
        another, and for a decoder that does not work on this feature extractor.
    """
    problem = net_problem(flags)
    if problem:
        raise UserError(problem)
    return _chosen(flags.extended_arch).make(_extractor(flags), num_classes, flags)


def net_problem(flags: Any) -> str:
    """Says why the decoder that flags name does not work on their feature extractor, or "".

    Raises:
      UserError: for unknown names, parameters and output strides.
    """
    extractor, choice = _extractor(flags), _chosen(flags.extended_arch)
    problem = choice.entry.problem(extractor, **choice.own)
    return problem and f"{choice.name} does not work on {extractor.name}: {problem}"


def require_flags_taken(extended_arch: str, given: Collection[str]) -> None:
    """Refuses flags of other decoders.

    Args:
      extended_arch: the decoder, as the flag has it.
      given: names of the flags that were on the command line. Others, as those of stored runs, may
        have any value.

    Raises:
      UserError: a flag was given that only other decoders take; names those that this one takes.
    """
    choice = _chosen(extended_arch)
    known = set().union(*(DECODERS.get(name).FLAGS for name in DECODERS.names()))
    taken = choice.entry.FLAGS
    refused = sorted(known.intersection(given) - set(taken))
    if refused:
        raise UserError("--{0}: {1} does not take it; of the flags of decoders it takes {2}: leave "
                        "--{0} out, or choose another --extended_arch".format(
                            refused[0], choice.name,
                            ", ".join("--" + name for name in taken) or "none"))


def decoder_variants() -> Dict[str, Mapping[str, Any]]:
    """Lists the decoders that a comparison of all has: {"FCN16": flags, "LinkNet": flags, ...}."""
    return {name + suffix: dict(flags, extended_arch=name) for name in DECODERS.names()
            for suffix, flags in DECODERS.get(name).VARIANTS.items()}


def choose_variants(words: Collection[str]) -> Dict[str, Mapping[str, Any]]:
    """Chooses of `decoder_variants`, by names in capitals or not; all of them without words.

    A word may give parameters of the decoder: "FPN:128".

    Raises:
      UserError: an unknown name, or a parameter that the decoder does not have.
    """
    known = decoder_variants()
    lower = {name.lower(): name for name in known}
    chosen: Dict[str, Mapping[str, Any]] = {}
    for word in words:
        name, colon, parameters = word.partition(":")
        if name.lower() not in lower:
            raise UserError(unknown_name("decoder", name, known))
        name = lower[name.lower()]
        decoder = known[name]["extended_arch"]
        text = DECODERS.choose(decoder + colon + parameters).text
        chosen[name + text[len(decoder):]] = dict(known[name], extended_arch=text)
    return chosen or known


class _DecoderSpelling(Spelling):
    """What --extended_arch takes; a name that only tables use, as FCN8, is told in flags."""

    def spelled(self, text: str) -> str:
        word, colon, parameters = text.partition(":")
        named = {name.lower(): flags for name, flags in decoder_variants().items()
                 if name not in DECODERS.names()}
        if word.lower() in named:
            flags = dict(named[word.lower()])
            words = ["--extended_arch=" + flags.pop("extended_arch") + colon + parameters]
            words += ["--" + ("" if value else "no-") + name for name, value in flags.items()]
            raise UserError("{} is no decoder of its own: give {}".format(word, " ".join(words)))
        return super().spelled(text)


def _extractor(flags: Any) -> FeatureExtractor:
    return get_extractor(flags.basenet, flags.depth_multiplier, flags.output_stride)


def _chosen(extended_arch: str) -> Choice:
    return DECODERS.choose(extended_arch or DEFAULT_DECODER)
