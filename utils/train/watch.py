"""What a run shows of itself while it trains: scores on parts of the data, and pictures."""
import io

from PIL import Image

from utils.data import records
from utils.evaluate.draw import panel
from utils.evaluate.evaluator import evaluate

#: The choice of images for periodic evaluations is the same in all runs, so that curves compare.
_SUBSET_SEED = 0
#: Sample predictions in TensorBoard.
_PICTURES = 3


class Watch(object):
    """Evaluates checkpoints on fixed parts of the validation and training splits.

    Args:
      segmenter: a `Segmenter` of the run's net.
      info: the `DatasetInfo`.
      flags: `fcn_train.py`'s flags (datapath, eval_fraction, batch_size).
    """

    def __init__(self, segmenter, info, flags):
        self._segmenter, self._info, self._flags = segmenter, info, flags
        counts = info.splits
        share = flags.eval_fraction * counts["validation"].count / counts["training"].count
        self._fractions = {"validation": flags.eval_fraction, "training": min(share, 1.0)}

    def measure(self, checkpoint):
        """{metric: value} of a checkpoint: mIoU on both parts, IoU per class on validation."""
        self._segmenter.restore(checkpoint)
        results = {split: self._evaluate(split, fraction)
                   for split, fraction in self._fractions.items()}
        scores = results["validation"].scores
        metrics = {"mIoU/" + split: result.scores.mean_iou for split, result in results.items()}
        metrics["pixel_accuracy/validation"] = scores.pixel_accuracy
        metrics.update(("IoU/" + name, value)
                       for name, value in zip(self._info.class_names, scores.iou))
        return metrics

    def _evaluate(self, split, fraction):
        files = records.split_files(self._flags.datapath, split)
        return evaluate(self._segmenter, files, self._info, split, fraction=fraction,
                        seed=_SUBSET_SEED, batch_size=self._flags.batch_size)

    def pictures(self):
        """Panels image | prediction | truth of the first validation images: (name, png, h, w)."""
        files = records.split_files(self._flags.datapath, "validation")
        pairs = self._segmenter.predictions(files, self._info.legacy, batch_size=1)
        for index, item in zip(range(_PICTURES), pairs):
            drawn = panel(item.image, item.prediction, item.label, self._info.class_names,
                          self._info.palette)
            png = io.BytesIO()
            Image.fromarray(drawn).save(png, format="PNG")
            yield "prediction/{}".format(index), png.getvalue(), drawn.shape[0], drawn.shape[1]
