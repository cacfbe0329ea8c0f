"""Writes what a run measures: `metrics.jsonl` and TensorBoard events, from one call."""
import json
import os
from typing import Any, Dict, Mapping, Optional, Tuple

from utils.files import write_text
from utils.runs.metric_lines import read_lines
from utils.runs.run_folder import RunFolder
from utils.tf_compat import tf

#: Groups of TensorBoard's charts by the group of the metric. TensorBoard sorts groups by name,
#: capitals first: loss, mIoU, pixel_accuracy, speed, training, and the curves of the classes last.
_GROUPS = {"IoU": "validation_IoU"}
_UNGROUPED = "training"


def board_tag(name: str) -> str:
    """Makes TensorBoard's tag of a metric: "mIoU/validation" stays, "IoU/car" is
    validation_IoU/car, "learning_rate" is training/learning_rate."""
    if "/" not in name:
        return f"{_UNGROUPED}/{name}"
    group, rest = name.split("/", 1)
    return f"{_GROUPS.get(group, group)}/{rest}"


class MetricWriter:
    """Writes scalars to `metrics.jsonl` and, with pictures and the graph, to `trainboard/`.

    The JSON lines hold no times: two runs with the same seed write the same bytes.

    Args:
      folder: a `RunFolder`.
      first_step: the step that the run (re)starts from; what was written for later steps, by a
        part of the run that was killed after its last checkpoint, is dropped.
      graph: the tf.Graph to show in TensorBoard; written at the first flush, after training has
        begun.
    """

    def __init__(self, folder: RunFolder, first_step: int, graph: Any = None) -> None:
        kept = [line for line in read_lines(folder.metrics) if line["step"] <= first_step]
        write_text(folder.metrics, "".join(_line(entry) for entry in kept))
        # Unbuffered: what a full disk refused would be tried, and complained of, again at the exit.
        self._path, self._file = folder.metrics, open(folder.metrics, "ab", buffering=0)
        self._events, self._graph = tf.summary.FileWriter(folder.trainboard), graph
        # TensorBoard drops the events that an earlier part of the run wrote for later steps.
        self._events.add_session_log(
            tf.SessionLog(status=tf.SessionLog.START), global_step=first_step + 1)
        self.history = kept

    def write(self, step: int, metrics: Mapping[str, float]) -> None:
        """Writes one line: {"step": step, name: number, ...}; numbers that are NaN become null."""
        entry: Dict[str, Optional[float]] = {"step": int(step)}
        entry.update({name: None if value != value else float(value)
                      for name, value in metrics.items()})
        self._append(_line(entry).encode("utf-8"))
        self.history.append(entry)
        self.scalars(step, metrics)

    def _append(self, data):
        try:
            while data:
                data = data[self._file.write(data):]
        except OSError as error:
            error.filename = self._path
            raise

    def scalars(self, step: int, metrics: Mapping[str, float]) -> None:
        """Writes numbers for TensorBoard alone: those that depend on the machine, such as speed."""
        values = [tf.Summary.Value(tag=board_tag(name), simple_value=float(value))
                  for name, value in metrics.items() if value == value]
        self._events.add_summary(tf.Summary(value=values), step)

    def picture(self, step: int, name: str, png: bytes, height: int, width: int) -> None:
        """Adds a PNG to TensorBoard's Images page."""
        image = tf.Summary.Image(encoded_image_string=png, height=height, width=width, colorspace=3)
        self._events.add_summary(
            tf.Summary(value=[tf.Summary.Value(tag=name, image=image)]), step)

    def best(self, name: str) -> Tuple[float, Optional[int]]:
        """Finds (value, step) of the largest `name` so far, the earliest of equals; (-inf, None)
        before the first."""
        found = [(line[name], -line["step"]) for line in self.history
                 if line.get(name) is not None]
        value, step = max(found) if found else (float("-inf"), None)
        return value, step if step is None else -step

    def flush(self) -> None:
        """Brings everything to the disk."""
        if self._graph is not None:
            self._events.add_graph(self._graph)
            self._graph = None
        os.fsync(self._file.fileno())
        self._events.flush()

    def close(self) -> None:
        """Flushes and closes both files."""
        self.flush()
        self._file.close()
        self._events.close()


def _line(entry):
    return json.dumps(entry) + "\n"
