"""The runs of a report with what was asked of them: matrices, scores, samples of configurations."""
import dataclasses
import os
from typing import (
    Callable,
    Dict,
    Hashable,
    Iterable,
    List,
    Optional,
    Sequence,
    Tuple,
    TypeVar,
    Union,
)

import numpy as np

from utils.errors import UserError
from utils.evaluate.observers.objects import Objects, load_objects
from utils.evaluate.results import Result, load_result
from utils.report.advice import more_seeds_of, test_command
from utils.report.choice import choose_all
from utils.report.clusters import clusters_of, compile_cluster, few_clusters
from utils.report.collect import Collection, RunRecord
from utils.report.configurations import Configuration, group
from utils.report.same_images import TestSet, companies, difference
from utils.report.sample import Sample, draw_sample
from utils.report.used_splits import UsedSplits
from utils.runs.result_name import ResultName, parse_rest, parse_stem
from utils.statistics.failures import constant_score
from utils.statistics.intervals import RunScore, run_score
from utils.statistics.miou import METRICS

T = TypeVar("T")

#: Matrices beyond this are read from the disk anew each time they are needed.
_CACHE_BYTES = 800 * 2 ** 20


@dataclasses.dataclass(frozen=True)
class Options:
    """What a report is of.

    Attributes:
      split: "test" or "validation".
      result: rest of the results' file names: "" for the newest checkpoint at the size of
        training; "best", "384x384".
      metric: key of `utils.statistics.miou.METRICS`.
      level: confidence level of intervals.
      cluster: pattern with one group that takes the cluster from an image's name; "" for none.
      margin: mIoU difference (fraction) below which two configurations count as equal.
      last: checkpoints of the freeze point.
      chosen: words that name configurations, for compare; empty for all.
      looks: numbers of seeds that verdicts were planned at, "5,10"; "" as a sweep declared; "none".
      base: words that name the configuration which `effects` compares others with; "" finds one.
      averages: whether runs with --ema are scored by the average of their weights.
      by: flag whose values may want other values of the other flags, for interactions.
      imagenet: (feature extractor, depth multiplier) -> (top-1 accuracy of its published checkpoint
        on ImageNet in percent, source), or None; the nets are not known here.
      command: (run, split, rest of the result's file name) -> the command that makes a result.
    """
    split: str = "test"
    result: str = ""
    metric: str = "miou_d"
    level: float = .95
    cluster: str = ""
    margin: float = .01
    last: int = 10
    chosen: Tuple[str, ...] = ()
    looks: str = ""
    base: str = ""
    averages: bool = False
    by: str = "basenet"
    imagenet: Optional[Callable[[str, float], Optional[Tuple[float, str]]]] = None
    command: Callable[[RunRecord, str, str], str] = test_command


class Study:
    """A `Collection` and `Options`; reads results when they are needed, and keeps them.

    Raises:
      UserError: --cluster is not a pattern with one group.
    """

    def __init__(self, collection: Collection, options: Options = Options()) -> None:
        self.collection, self.options = collection, options
        self.notes = list(collection.notes)
        self._results: Dict[Tuple[str, str], Result] = {}
        self._bytes = 0
        self._scores: Dict[Tuple[str, str], float] = {}
        self._samples: Dict[str, Sample] = {}
        self._intervals: Dict[str, RunScore] = {}
        self._constant: Dict[TestSet, float] = {}
        self._used_splits = UsedSplits()
        self.configurations = group(collection.records, self._companies)
        self._pattern = compile_cluster(options.cluster)

    # ---- single runs ----

    def _companies(self, members):
        def signature(record):
            try:
                return self.signature(record) if record.has(self.stem_of(record)) else None
            except UserError:  # the analyses that read it say so
                return None
        return companies(members, signature)

    def stem(self, checkpoint: Union[int, str] = "", split: str = "") -> str:
        """Names the file of the result that is asked for, or that of a kept checkpoint."""
        return str(self.asked.of(split, str(checkpoint)))

    def stem_of(self, record: RunRecord) -> str:
        """Names the file of a run's result that is asked for; with the option `averages`, of a run
        with --ema that of its averages."""
        asked = self.asked
        if self.options.averages and record.args.get("ema"):
            asked = asked.averaged()
        return str(asked)

    @property
    def has_averages(self) -> bool:
        """Whether a run has averages of its weights (--ema)."""
        return any(record.args.get("ema") for record in self.collection.records)

    def of_averages(self) -> "Study":
        """Returns the study of the same runs in which those with --ema are scored by the average of
        their weights; notes go to both."""
        if not self.has_averages:
            return self
        made = Study(self.collection, dataclasses.replace(self.options, averages=True))
        made.notes = self.notes
        return made

    @property
    def asked(self) -> ResultName:
        """Names the result that the options ask for."""
        return parse_rest(self.options.split, self.options.result)

    def command(self, record: RunRecord) -> str:
        """Makes the command that makes the result that is asked for."""
        return self.options.command(
            record, self.options.split, parse_stem(self.stem_of(record)).rest)

    def result(self, record: RunRecord, stem: str = "") -> Result:
        """Reads the stored `Result`.

        Raises:
          UserError: there is none (with the command that makes it), or it is damaged.
        """
        stem = stem or self.stem_of(record)
        key = (record.folder.path, stem)
        if key in self._results:
            return self._results[key]
        if not record.has(stem):
            raise UserError(f"{record.name} has no result {stem!r}: {self.command(record)}")
        result = load_result(record.result_path(stem))
        size = result.matrices.nbytes
        if self._bytes + size <= _CACHE_BYTES:
            self._bytes += size
            self._results[key] = result
        return result

    def score(self, record: RunRecord, stem: str = "") -> float:
        """Computes the metric of a stored result, a fraction."""
        key = (record.folder.path, stem or self.stem_of(record))
        if key not in self._scores:
            matrices = self.result(record, stem).matrices
            self._scores[key] = float(METRICS[self.options.metric](matrices))
        return self._scores[key]

    def is_collapsed(self, record: RunRecord) -> bool:
        """Tells whether a result is no better than the most frequent class everywhere."""
        metric, test_set = METRICS[self.options.metric], self.signature(record)
        if test_set not in self._constant:
            self._constant[test_set] = constant_score(self.result(record).matrices, metric)
        return self.score(record) <= self._constant[test_set]

    def run_score(self, record: RunRecord) -> RunScore:
        """Computes the `RunScore` of a run, with its interval over images."""
        key = record.folder.path
        if key not in self._intervals:
            result = self.result(record)
            self._intervals[key] = run_score(result.matrices, self.clusters(result.names),
                                             self.options.level, self.options.metric)
        return self._intervals[key]

    def objects(self, record: RunRecord) -> Objects:
        """Reads the stored `Objects` of a run.

        Raises:
          UserError: there are none; with the command that makes them.
        """
        try:
            return load_objects(self._objects_path(record))
        except UserError as error:
            raise UserError(f"{error}: {self.command(record)}") from error

    def has_objects(self, record: RunRecord) -> bool:
        """Tells whether the file of a run's objects is there, be it whole or damaged."""
        return os.path.exists(self._objects_path(record))

    def _objects_path(self, record):
        return self.asked.path(record.folder.test, "objects")

    def clusters(self, names: Sequence[str]) -> Optional[np.ndarray]:
        """Finds the cluster of each image, [N]; None without --cluster.

        Raises:
          UserError: a name does not match.
        """
        if self._pattern is None:
            return None
        groups = clusters_of(self._pattern, names)
        warning = few_clusters(self._pattern, groups)
        if warning:
            self.note(warning)
        return groups

    # ---- configurations ----

    def sample(self, configuration: Configuration) -> Sample:
        """Takes the `Sample` of a configuration; S may be 0. `notes` name what is left out.

        Raises:
          UserError: its runs were tested on different images or classes.
        """
        if configuration.id not in self._samples:
            self._samples[configuration.id] = draw_sample(self, configuration)
            self._used_splits.tell(self, self._samples[configuration.id].records)
        return self._samples[configuration.id]

    def note(self, line: str) -> None:
        """Adds a line on what was left out, once."""
        if line not in self.notes:
            self.notes.append(line)

    def signature(self, record: RunRecord, stem: str = "") -> TestSet:
        """Returns the `TestSet` of a run's result."""
        result = self.result(record, stem)
        return TestSet(result.meta.get("split_sha256", ""), tuple(result.names),
                       tuple(result.class_names))

    def matrices(self, sample: Sample) -> np.ndarray:
        """Stacks the matrices of a sample: int64 [S, N, C, C]."""
        return np.stack([self.result(record).matrices for record in sample.records])

    def samples(self, at_least: int = 1) -> List[Sample]:
        """Takes the samples of the configurations asked for that have so many runs.

        Raises:
          UserError: there is none; with the command that would help.
        """
        samples = [self.sample(configuration) for configuration in self.chosen()]
        found = [sample for sample in samples if len(sample.records) >= at_least]
        if found:
            return found
        if any(len(sample.records) for sample in samples):
            commands = [advice.command for advice in more_seeds_of(self.chosen())]
            raise UserError("a single run of each configuration: expected {} seeds or more{}"
                            .format(at_least, "".join(": " + one for one in commands[:1])))
        raise UserError("no results of finished runs: {}".format(
            next((line[len("not in the statistics: "):] for line in self.notes
                  if line.startswith("not in the statistics: ")), "train first: fcn_train.py")))

    def chosen(self) -> List[Configuration]:
        """Lists the configurations that were asked for, or all."""
        if not self.options.chosen:
            return self.configurations
        found, notes = choose_all(self.configurations, self.options.chosen)
        for line in notes:
            self.note(line)
        return found

    def by_test_set(self, items: Iterable[T],
                    configuration_of: Callable[[T], Configuration]) -> List[List[T]]:
        """Groups items by what their configurations can be compared with, largest first."""
        sets: Dict[Hashable, List[T]] = {}
        for item in items:
            sets.setdefault(configuration_of(item).company, []).append(item)
        return sorted(sets.values(), key=len, reverse=True)

    def colours(self, configurations: Sequence[Configuration]) -> List[int]:
        """Numbers each configuration among those of its test set, for its colour in plots."""
        ids: Dict[Hashable, List[str]] = {}
        for one in self.configurations:
            ids.setdefault(one.company, []).append(one.id)
        return [ids[one.company].index(one.id) for one in configurations]

    def test_sets(self, at_least: int = 1) -> List[List[Sample]]:
        """Groups the samples by test set, the largest set of configurations first."""
        sets: Dict[TestSet, List[Sample]] = {}
        for sample in self.samples(at_least):
            sets.setdefault(sample.signature, []).append(sample)
        return sorted(sets.values(), key=len, reverse=True)

    def require_same_test_set(self, samples: Sequence[Sample]) -> None:
        """Refuses samples that were not tested on the same images with the same classes.

        Raises:
          UserError: two differ; says in what.
        """
        for sample in samples[1:]:
            if sample.signature != samples[0].signature:
                raise UserError(f"{samples[0].configuration.id} ({samples[0].label}) and "
                                f"{sample.configuration.id} ({sample.label}) can not be compared: "
                                f"{difference(samples[0].signature, sample.signature)}")
