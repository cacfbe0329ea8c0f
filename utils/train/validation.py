"""What a run shows of itself while it trains: scores on parts of the data, and pictures."""
import io
import os

from PIL import Image

from utils.data import records
from utils.evaluate.evaluator import evaluate
from utils.evaluate.objects import ObjectCounter
from utils.evaluate.panel import panel
from utils.evaluate.results import AVERAGED, format_table, headline, result_stem, save_result
from utils.train import checkpoints

#: The choice of images for periodic evaluations is the same in all runs, so that curves compare.
_SUBSET_SEED = 0
#: Sample predictions in TensorBoard.
_PICTURES = 3
#: What the best checkpoint is chosen by.
SCORE = "mIoU/validation"


def spread(count, wanted):
    """`wanted` indices below `count`, or all, in the middles of equal parts: neighbouring images
    are often frames of one video, and much alike."""
    wanted = min(count, wanted)
    return [(2 * part + 1) * count // (2 * wanted) for part in range(wanted)]


class Validation:
    """Evaluates checkpoints: parts of the splits while training, whole splits at the end.

    Args:
      make_segmenter: makes a `Segmenter` of the run's net; called once, at the first evaluation.
      info: the `DatasetInfo`.
      flags: `fcn_train.py`'s flags (datapath, eval_fraction, batch_size, ema, overfit).
    """

    def __init__(self, make_segmenter, info, flags):
        self._make_segmenter, self._made = make_segmenter, None
        self._info, self._flags = info, flags
        tested = flags.eval_fraction * info.splits["validation"].count
        self._fractions = {"validation": flags.eval_fraction,
                           "training": min(tested / info.splits["training"].count, 1.0)}

    @property
    def _segmenter(self):
        if self._made is None:
            self._made = self._make_segmenter()
        return self._made

    def _evaluate(self, split, fraction=1.0, observe=None, num_images=0):
        files = records.split_files(self._flags.datapath, split)
        return evaluate(self._segmenter, files, self._info, split, num_images, fraction,
                        seed=_SUBSET_SEED, batch_size=self._flags.batch_size, observe=observe)

    def _periodic(self, split):
        """The part of a split that periodic evaluations take: of the training split with --overfit
        the images that it trains on."""
        if split == "training" and self._flags.overfit:
            return self._evaluate(split, num_images=self._flags.overfit)
        return self._evaluate(split, self._fractions[split])

    def measure(self, checkpoint):
        """{metric: value} of a checkpoint: mIoU on a part of both splits, IoU per class."""
        self._segmenter.restore(checkpoint)
        scores = {split: self._periodic(split).scores for split in self._fractions}
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
            if self._flags.ema:
                checkpoints.copy(folder.averages(), folder.averages("best"))
        for name, png, height, width in self._pictures():
            writer.picture(step, name, png, height, width)
        log.info("step %d: mIoU validation %.4f, training %.4f (%s)%s", step,
                 metrics[SCORE], metrics["mIoU/training"], self._tested(),
                 ", the best so far" if metrics[SCORE] > best else "")

    def _tested(self):
        """What periodic evaluations test, in words."""
        if self._flags.overfit:
            return f"training: on the {self._flags.overfit} images of --overfit"
        return "parts of the splits"

    def _pictures(self):
        """Panels of some validation images, the same at each evaluation: (name, png, h, w)."""
        files = records.split_files(self._flags.datapath, "validation")
        chosen = spread(self._info.splits["validation"].count, _PICTURES)
        for item in self._segmenter.predictions(files, self._info.legacy, len(chosen), chosen):
            drawn = panel(item.image, item.prediction, item.label, self._info.class_names,
                          self._info.palette)
            png = io.BytesIO()
            Image.fromarray(drawn).save(png, format="PNG")
            yield f"prediction/{item.index}", png.getvalue(), drawn.shape[0], drawn.shape[1]

    def final_test(self, folder, log, last_step):
        """Tests the newest checkpoint, with its objects, on every whole split but training, and
        before it the last --test_kept kept ones and, with --ema, the averages; stores the results.

        Args:
          last_step: the newest checkpoint's; kept under its number too, it is tested once.
        """
        tested = self._flags.test_kept
        kept = folder.kept_checkpoints()[-tested:] if tested else []
        for step in kept:
            if step != last_step:
                for split, result in self._test_checkpoint(folder, folder.checkpoint(step)):
                    save_result(folder.test, result_stem(split, step), result)
                    log.info("step %d, %s", step, headline(result))
        if self._flags.ema:
            for split, result in self._test_checkpoint(folder, folder.averages()):
                save_result(folder.test, result_stem(split, size=AVERAGED), result)
                log.info("the moving average (--ema), %s", headline(result))
        counters = {split: ObjectCounter(self._info.num_classes) for split in self._tested_splits()}
        for split, result in self._test_checkpoint(folder, folder.checkpoint(), counters):
            save_result(folder.test, result_stem(split), result, counters[split].objects())
            if last_step in kept:
                save_result(folder.test, result_stem(split, last_step), result)
            log.info("%s", headline(result))
        log.info("%s", format_table(result))

    def _test_checkpoint(self, folder, checkpoint, counters=None):
        """Tests a checkpoint; yields (split, its result).

        Args:
          checkpoint: prefix.
          counters: {split: `ObjectCounter`} to count objects with, or None.
        """
        self._segmenter.restore(checkpoint)
        name = os.path.basename(checkpoint)
        for split in self._tested_splits():
            result = self._evaluate(split, observe=counters and counters[split].add)
            yield split, result.with_meta(run=folder.name, checkpoint=name)

    def _tested_splits(self):
        return [split for split in ("validation", "test") if split in self._info.splits]
