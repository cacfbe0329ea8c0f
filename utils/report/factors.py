"""What differs among configurations: which flags change, which change together."""
import json
from typing import Any, Dict, List, Sequence, Tuple

from utils.report.labels import DEFAULTS, Flags, decoder_name, differing_flags
from utils.report.sample import Sample
from utils.report.study import Study
from utils.runs.roles import names as names_of
from utils.runs.train_flags import DECODER_FLAGS, TrainFlags

#: Names of a factor's flags, and what each sample has of them.
Factors = Dict[Tuple[str, ...], List[Tuple[Any, ...]]]
#: Flags that the newest checkpoint does not depend on, where training does not stop early.
_CHOOSING = names_of(TrainFlags, mark="choosing")


def flags_with_effect(study: Study, sample: Sample) -> Flags:
    """Returns the flags of a sample without those that its score does not depend on."""
    flags = sample.configuration.flags
    if flags.get("early_stop") or study.asked.checkpoint == "best":
        return flags
    return {name: value for name, value in flags.items() if name not in _CHOOSING}


def distinct(study: Study, samples: Sequence[Sample]) -> Tuple[List[Sample], List[str]]:
    """Keeps one of the samples whose flags have the same effect, the one with the most runs.

    Returns:
      (samples, a line on each that is left out).
    """
    kept: Dict[str, Sample] = {}
    for sample in sorted(samples, key=lambda one: -len(one.scores)):
        kept.setdefault(json.dumps(flags_with_effect(study, sample), sort_keys=True), sample)
    ids = {sample.configuration.id for sample in kept.values()}
    return [sample for sample in samples if sample.configuration.id in ids], [
        f"left out, another configuration trains the same net: {sample.label}"
        for sample in samples if sample.configuration.id not in ids]


def varying(flags: Sequence[Flags]) -> Dict[str, List[Any]]:
    """Finds the flags that differ, the decoder as one of them: {flag: [value of each]}."""
    found = {name: values for name, values in differing_flags(flags).items()
             if name not in DECODER_FLAGS}
    decoders = [decoder_name(one) for one in flags]
    if len(set(decoders)) > 1:
        found["decoder"] = decoders
    return dict(sorted(found.items()))


def factors(flags: Sequence[Flags]) -> Factors:
    """Finds what differs; flags that change together are one factor, for nothing can tell them
    apart."""
    merged: Dict[Tuple[int, ...], List[str]] = {}
    found = varying(flags)
    for name, values in found.items():
        codes = [values.index(value) for value in values]
        merged.setdefault(tuple(codes), []).append(name)
    return {tuple(names): list(zip(*[found[name] for name in names]))
            for names in merged.values()}


def usual_value(names: Tuple[str, ...], values: Sequence[Tuple[Any, ...]]) -> Tuple[Any, ...]:
    """Chooses the value of a factor that others are compared with: the default where there is one,
    else the first."""
    usual = tuple("FCN16" if name == "decoder" else DEFAULTS.get(name) for name in names)
    return usual if usual in values else values[0]


def value_text(names: Tuple[str, ...], value: Tuple[Any, ...]) -> str:
    """Writes a factor's value: "0.003", or "batch_size=4 learnrate=0.003" where flags change
    together."""
    words = ["none" if one in ("", None) else f"{one:g}" if isinstance(one, float) else str(one)
             for one in value]
    return words[0] if len(names) == 1 else " ".join(map("=".join, zip(names, words)))
