"""TensorBoard event files without TensorFlow: scalars, texts, HParams, Custom Scalars layouts.

Only protocol buffers and the record format of the tensorboard package are used; the summary helpers
of its plugins import TensorFlow. Written like this, files are read by TensorBoard 1.15 and 2.x.
"""
import os
from typing import Any, Mapping, Optional, Sequence, Tuple, Union

from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, types_pb2
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.custom_scalar import metadata as layout_metadata
from tensorboard.plugins.hparams import api_pb2, plugin_data_pb2
from tensorboard.plugins.hparams import metadata as hparams_metadata
from tensorboard.plugins.text import metadata as text_metadata
from tensorboard.summary.writer.record_writer import RecordWriter

Value = Union[str, float, bool]

#: TensorBoard finds its files by "tfevents"; the name is fixed, so that a file is replaced.
FILE = "events.out.tfevents.0000000000.fcn_report"


class EventFile:
    """Writes one event file; use it in a with statement.

    Args:
      folder: of the TensorBoard run; made if need be.
      time: Unix seconds of every event.
    """

    def __init__(self, folder: str, time: float) -> None:
        os.makedirs(folder, exist_ok=True)
        self._time = time
        self._writer = RecordWriter(open(os.path.join(folder, FILE), "wb"))
        self._write(event_pb2.Event(wall_time=time, file_version="brain.Event:2"))

    def __enter__(self) -> "EventFile":
        return self

    def __exit__(self, *exc_info: Any) -> None:
        self._writer.close()

    def _write(self, event):
        self._writer.write(event.SerializeToString())

    def _summary(self, step, *values):
        self._write(event_pb2.Event(wall_time=self._time, step=int(step),
                                    summary=summary_pb2.Summary(value=values)))

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Writes numbers at a step: {tag: number}."""
        self._summary(step, *[summary_pb2.Summary.Value(tag=tag, simple_value=float(value))
                              for tag, value in values.items()])

    def margins(self, category: str, charts: Mapping[str, Tuple[str, str, str]]) -> None:
        """Writes a page of Custom Scalars.

        Args:
          charts: {title: (tag of the line, low end, high end)}.
        """
        made = [layout_pb2.Chart(title=title, margin=layout_pb2.MarginChartContent(series=[
            layout_pb2.MarginChartContent.Series(value=value, lower=lower, upper=upper)]))
            for title, (value, lower, upper) in charts.items()]
        layout = layout_pb2.Layout(category=[layout_pb2.Category(title=category, chart=made)])
        self._bytes(layout_metadata.CONFIG_SUMMARY_TAG, layout.SerializeToString(),
                    layout_metadata.create_summary_metadata())

    def text(self, tag: str, markdown: str) -> None:
        """Writes a text of the page Text; `markdown` has its sentences and tables."""
        self._bytes(tag, markdown.encode("utf-8"), text_metadata.create_summary_metadata(
            display_name=tag, description=""))

    def _bytes(self, tag, data, metadata):
        tensor = tensor_pb2.TensorProto(dtype=types_pb2.DT_STRING, string_val=[data])
        self._summary(0, summary_pb2.Summary.Value(tag=tag, tensor=tensor, metadata=metadata))

    def session(self, hparams: Mapping[str, Value], group: str, status: str, begun: float,
                ended: Optional[float]) -> None:
        """Writes an HParams session: a run of the trial `group`.

        Args:
          hparams: {name: text, number or bool}, the same for every session of the group.
          status: "success", "failure", "running" or "unknown".
          begun, ended: Unix seconds; ended may be None.
        """
        start = plugin_data_pb2.SessionStartInfo(group_name=group, start_time_secs=begun)
        for name, value in hparams.items():
            set_value(start.hparams[name], value)
        self._plugin_data(hparams_metadata.SESSION_START_INFO_TAG,
                          plugin_data_pb2.HParamsPluginData(session_start_info=start))
        end = plugin_data_pb2.SessionEndInfo(
            status=api_pb2.Status.Value("STATUS_" + status.upper()), end_time_secs=ended or 0)
        self._plugin_data(hparams_metadata.SESSION_END_INFO_TAG,
                          plugin_data_pb2.HParamsPluginData(session_end_info=end))

    def experiment(self, names: Sequence[str], types: Sequence[type],
                   metrics: Mapping[str, str]) -> None:
        """Writes which hparams and metrics the HParams page has.

        Args:
          names: of the hparams.
          types: of each, str, float or bool.
          metrics: {tag: heading}.
        """
        kinds = {str: "DATA_TYPE_STRING", bool: "DATA_TYPE_BOOL", float: "DATA_TYPE_FLOAT64"}
        experiment = api_pb2.Experiment(
            hparam_infos=[api_pb2.HParamInfo(name=name, type=api_pb2.DataType.Value(kinds[kind]))
                          for name, kind in zip(names, types)],
            metric_infos=[api_pb2.MetricInfo(name=api_pb2.MetricName(tag=tag), display_name=title)
                          for tag, title in metrics.items()])
        self._plugin_data(hparams_metadata.EXPERIMENT_TAG,
                          plugin_data_pb2.HParamsPluginData(experiment=experiment))

    def _plugin_data(self, tag, data):
        # The newer TensorBoard wants a tensor beside the metadata, which an empty one satisfies.
        empty = tensor_pb2.TensorProto(dtype=types_pb2.DT_FLOAT)
        empty.tensor_shape.dim.add(size=0)
        self._summary(0, summary_pb2.Summary.Value(
            tag=tag, tensor=empty, metadata=hparams_metadata.create_summary_metadata(data)))


def set_value(target: Any, value: Value) -> None:
    """Fills a google.protobuf.Value from text, a number or a bool."""
    if isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, (int, float)):
        target.number_value = value
    else:
        target.string_value = str(value)
