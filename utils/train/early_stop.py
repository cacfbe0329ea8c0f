"""When a training that no longer gets better ends."""
import dataclasses

from utils.runs.metric_lines import VALIDATION
from utils.runs.metrics import MetricWriter


@dataclasses.dataclass(frozen=True)
class EarlyStop:
    """Says whether a training is to end: after so many evaluations without a better mIoU.

    All is told by the metrics that were written, so that a resumed run stops where it would have.

    Attributes:
      patience: evaluations; 0 for never.
      every: steps between them.
    """
    patience: int
    every: int

    def reached(self, step: int, writer: MetricWriter) -> bool:
        """Whether evaluations since the best one, up to `step`, have used up the patience.

        Args:
          step: steps done.
          writer: of the metrics.
        """
        _, best = writer.best(VALIDATION)
        return bool(self.patience) and best is not None \
            and (step - best) // self.every >= self.patience

    def line(self, step: int, writer: MetricWriter) -> str:
        """What the log says of it."""
        score, best = writer.best(VALIDATION)
        return (f"stopped early at step {step}: {self.patience} evaluations without a better mIoU "
                f"on validation than {score:.4f} at step {best} (--early_stop)")
