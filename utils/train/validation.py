"""Evaluates a run while it trains, on parts of the data, and tests it at the end."""
import io
import os
from typing import Any, Callable, Dict, List

from PIL import Image

from utils.data import records
from utils.data.split import Split
from utils.drawing.panel import panel
from utils.evaluate.evaluator import evaluate
from utils.evaluate.observers import open_observers
from utils.evaluate.results import format_table, headline, save_result
from utils.evaluate.segmenter import Segmenter
from utils.runs.metric_lines import VALIDATION
from utils.runs.result_name import AVERAGED, ResultName
from utils.runs.run_folder import RunFolder
from utils.train import checkpoints

#: Every run evaluates the same images, so that curves compare.
_SUBSET_SEED = 0
#: Sample predictions in TensorBoard.
_PICTURES = 3
#: The observers of the final test.
OBSERVERS_OF_A_RUN = "objects"


def spread(count: int, wanted: int) -> List[int]:
    """Chooses `wanted` indices below `count`, or all, in the middles of equal parts.

    Neighbouring images are often frames of one video, and much alike.
    """
    wanted = min(count, wanted)
    return [(2 * part + 1) * count // (2 * wanted) for part in range(wanted)]


class Validation:
    """Evaluates checkpoints: parts of the splits while training, whole splits at the end.

    Args:
      make_segmenter: makes a `Segmenter` of the run's net; called once, at the first evaluation.
      split: the images that are trained on.
      flags: `fcn_train.py`'s flags (datapath, eval_fraction, batch_size, ema, overfit).
    """

    def __init__(self, make_segmenter: Callable[[], Segmenter], split: Split,
                 flags: Any) -> None:
        self._make_segmenter, self._made = make_segmenter, None
        self._trained, self._info, self._flags = split, split.info, flags
        tested = flags.eval_fraction * self._info.splits["validation"].count
        self._fractions = {"validation": flags.eval_fraction,
                           "training": min(tested / split.count, 1.0)}

    @property
    def _segmenter(self):
        if self._made is None:
            self._made = self._make_segmenter()
        return self._made

    def _evaluate(self, split, fraction=1.0, observers=(), num_images=0):
        return evaluate(self._segmenter, self._split(split), num_images, fraction,
                        seed=_SUBSET_SEED, batch_size=self._flags.batch_size, observers=observers)

    def _split(self, name):
        """A split; of training, the images that are trained on."""
        return self._trained if name == "training" else records.open_split(
            self._flags.datapath, name, self._info)

    def _periodic(self, split):
        """The part of a split that periodic evaluations take: of the training split with --overfit
        the images that it trains on."""
        if split == "training" and self._flags.overfit:
            return self._evaluate(split, num_images=self._flags.overfit)
        return self._evaluate(split, self._fractions[split])

    def measure(self, checkpoint: str) -> Dict[str, float]:
        """Measures a checkpoint: {metric: value}, mIoU on a part of both splits, IoU per class."""
        self._segmenter.restore(checkpoint)
        scores = {split: self._periodic(split).scores for split in self._fractions}
        metrics = {"mIoU/" + split: scores[split].mean_iou for split in scores}
        metrics["pixel_accuracy/validation"] = scores["validation"].pixel_accuracy
        metrics.update(zip(["IoU/" + name for name in self._info.class_names],
                           scores["validation"].iou))
        return metrics

    def report(self, step: int, folder: RunFolder, writer: Any, log: Any) -> None:
        """Measures the newest checkpoint, writes its metrics, and keeps it if it is the best."""
        metrics = self.measure(folder.checkpoint())
        best, _ = writer.best(VALIDATION)
        writer.write(step, metrics)
        if metrics[VALIDATION] > best:
            checkpoints.copy(folder.checkpoint(), folder.best_checkpoint)
            if self._flags.ema:
                checkpoints.copy(folder.averages(), folder.averages("best"))
        for name, png, height, width in self._pictures():
            writer.picture(step, name, png, height, width)
        log.info("step %d: mIoU validation %.4f, training %.4f (%s)%s", step,
                 metrics[VALIDATION], metrics["mIoU/training"], self._tested(),
                 ", the best so far" if metrics[VALIDATION] > best else "")

    def _tested(self):
        """What periodic evaluations test, in words."""
        if self._flags.overfit:
            return f"training: on the {self._flags.overfit} images of --overfit"
        return "parts of the splits"

    def _pictures(self):
        """Draws panels of the same images each time; yields (name, png, height, width)."""
        split = self._split("validation")
        chosen = spread(split.count, _PICTURES)
        for item in self._segmenter.predictions(split, len(chosen), chosen):
            drawn = panel(item.image, item.prediction, item.label, self._info.class_names,
                          self._info.palette)
            png = io.BytesIO()
            Image.fromarray(drawn).save(png, format="PNG")
            yield f"prediction/{item.index}", png.getvalue(), drawn.shape[0], drawn.shape[1]

    def final_test(self, folder: RunFolder, log: Any, last_step: int) -> None:
        """Tests checkpoints on the whole splits but training, and stores the results.

        They are the last --test_kept kept checkpoints, the averages of --ema, and the newest, whose
        objects are counted.

        Args:
          folder: the run's.
          log: the run's log.
          last_step: of the newest checkpoint; where it was kept too, it is tested once.
        """
        tested = self._flags.test_kept
        kept = folder.kept_checkpoints()[-tested:] if tested else []
        for step in kept:
            if step != last_step:
                for result, _ in self._test_checkpoint(folder, folder.checkpoint(step)):
                    save_result(folder.test, ResultName(result.split, str(step)), result)
                    log.info("step %d, %s", step, headline(result))
        if self._flags.ema:
            for result, _ in self._test_checkpoint(folder, folder.averages()):
                save_result(folder.test, ResultName(result.split, changes=AVERAGED), result)
                log.info("the moving average (--ema), %s", headline(result))
        for result, observers in self._test_checkpoint(folder, folder.checkpoint(),
                                                       OBSERVERS_OF_A_RUN):
            save_result(folder.test, ResultName(result.split), result, observers)
            if last_step in kept:
                save_result(folder.test, ResultName(result.split, str(last_step)), result)
            log.info("%s", headline(result))
        log.info("%s", format_table(result))

    def _test_checkpoint(self, folder, checkpoint, observed=""):
        """Tests a checkpoint; yields (result, observers) of each split.

        Args:
          folder: the run's.
          checkpoint: prefix.
          observed: names of the observers, for `open_observers`.
        """
        self._segmenter.restore(checkpoint)
        name = os.path.basename(checkpoint)
        for split in self._tested_splits():
            observers = open_observers(observed, self._info.num_classes)
            result = self._evaluate(split, observers=observers)
            yield result.with_meta(run=folder.name, checkpoint=name), observers

    def _tested_splits(self):
        return [split for split in ("validation", "test") if split in self._info.splits]
