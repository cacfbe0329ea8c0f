"""What a run shows of itself while it trains: scores on parts of the data, and pictures."""
import io

from PIL import Image

from utils.data import records
from utils.evaluate.draw import panel
from utils.evaluate.evaluator import evaluate
from utils.evaluate.results import format_table, headline, result_stem, save_result
from utils.train import checkpoints

#: The choice of images for periodic evaluations is the same in all runs, so that curves compare.
_SUBSET_SEED = 0
#: Sample predictions in TensorBoard.
_PICTURES = 3
#: What the best checkpoint is chosen by.
SCORE = "mIoU/validation"


class Watch(object):
    """Evaluates checkpoints: parts of the splits while training, whole splits at the end.

    Args:
      segmenter: a `Segmenter` of the run's net.
      info: the `DatasetInfo`.
      flags: `fcn_train.py`'s flags (datapath, eval_fraction, batch_size).
    """

    def __init__(self, segmenter, info, flags):
        self._segmenter, self._info, self._flags = segmenter, info, flags
        tested = flags.eval_fraction * info.splits["validation"].count
        self._fractions = {"validation": flags.eval_fraction,
                           "training": min(tested / info.splits["training"].count, 1.0)}

    def _evaluate(self, split, fraction=1.0):
        files = records.split_files(self._flags.datapath, split)
        return evaluate(self._segmenter, files, self._info, split, fraction=fraction,
                        seed=_SUBSET_SEED, batch_size=self._flags.batch_size)

    def measure(self, checkpoint):
        """{metric: value} of a checkpoint: mIoU on a part of both splits, IoU per class."""
        self._segmenter.restore(checkpoint)
        scores = {split: self._evaluate(split, fraction).scores
                  for split, fraction in self._fractions.items()}
        metrics = {"mIoU/" + split: scores[split].mean_iou for split in scores}
        metrics["pixel_accuracy/validation"] = scores["validation"].pixel_accuracy
        metrics.update(zip(["IoU/" + name for name in self._info.class_names],
                           scores["validation"].iou))
        return metrics

    def report(self, step, folder, writer, log):
        """Measures the newest checkpoint, keeps it if it is the best, writes what it found."""
        metrics = self.measure(folder.checkpoint())
        best, _ = writer.best(SCORE)
        writer.write(step, metrics)
        if metrics[SCORE] > best:
            checkpoints.copy(folder.checkpoint(), folder.best_checkpoint)
        for name, png, height, width in self._pictures():
            writer.picture(step, name, png, height, width)
        log.info("step %d: mIoU validation %.4f, training %.4f (parts of the splits)%s", step,
                 metrics[SCORE], metrics["mIoU/training"],
                 ", the best so far" if metrics[SCORE] > best else "")

    def _pictures(self):
        """Panels image | prediction | truth of the first validation images: (name, png, h, w)."""
        files = records.split_files(self._flags.datapath, "validation")
        count = min(_PICTURES, self._info.splits["validation"].count)
        for item in self._segmenter.predictions(files, self._info.legacy, count, range(count)):
            drawn = panel(item.image, item.prediction, item.label, self._info.class_names,
                          self._info.palette)
            png = io.BytesIO()
            Image.fromarray(drawn).save(png, format="PNG")
            yield "prediction/{}".format(item.index), png.getvalue(), drawn.shape[0], drawn.shape[1]

    def final_test(self, folder, log):
        """Tests the newest checkpoint on every whole split but training, and stores the results."""
        self._segmenter.restore(folder.checkpoint())
        for split in ("validation", "test"):
            if split in self._info.splits:
                result = self._evaluate(split).with_meta(run=folder.name, checkpoint="fcn.ckpt")
                save_result(folder.test, result_stem(split), result)
                log.info("%s", headline(result))
        log.info("%s", format_table(result))

