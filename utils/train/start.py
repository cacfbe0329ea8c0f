"""The start of a training: random weights, an ImageNet checkpoint, or another run."""
import contextlib
import os
import shutil
from typing import Any, Iterator

from utils.checkpoints.files import checkpoint_exists, named_checkpoint
from utils.checkpoints.restore import open_checkpoint
from utils.checkpoints.seg_mentor import map_variable_names
from utils.errors import UserError
from utils.runs import run_folder, seg_mentor
from utils.runs.run_folder import RunFolder
from utils.train import initialise


@contextlib.contextmanager
def no_folder_without_a_start(folder: RunFolder, is_new: bool) -> Iterator[None]:
    """Removes a new run's folder where a mistake or Ctrl-C keeps the run from its first step."""
    try:
        yield
    except (UserError, OSError, KeyboardInterrupt):
        if is_new and not os.path.exists(folder.metrics):
            shutil.rmtree(folder.path, ignore_errors=True)
        raise


class Start:
    """The start that the flags ask for; finds its checkpoint before anything is built.

    Args:
      flags: `TrainFlags` (from_scratch, init_from, modelspath).
      extractor: the `FeatureExtractor`.

    Raises:
      UserError: there is no such checkpoint; the line says where it is published.
    """

    def __init__(self, flags: Any, extractor: Any) -> None:
        self._extractor = extractor
        self._from_run = bool(flags.init_from)
        if flags.from_scratch:
            self.checkpoint = None
        elif flags.init_from:
            self.checkpoint = _run_checkpoint(flags.init_from)
        else:
            self.checkpoint = initialise.find_checkpoint(flags.modelspath, extractor)

    def restore(self, session: Any, arch: Any) -> str:
        """Restores the start's weights into an initialised session; returns a line for the log.

        Raises:
          UserError: the checkpoint is damaged, or of another net.
        """
        if self.checkpoint is None:
            return "starting from random weights (--from_scratch)"
        if self._from_run:
            variables = arch.tested_variables()
            names = map_variable_names(
                open_checkpoint(self.checkpoint).get_variable_to_shape_map())
            coverage = initialise.restore_init_from(session, self.checkpoint, variables, names)
            warning = seg_mentor.other_features(self._extractor.name) if names else ""
            return f"{coverage}{warning}"
        return str(initialise.restore_extractor(session, self._extractor, self.checkpoint,
                                                arch.encoder_variables()))


def _run_checkpoint(text):
    """Finds the checkpoint of --init_from: a prefix, one of its files, a run's folder or name."""
    if not run_folder.exists(text):
        prefix = named_checkpoint(text)
        if prefix:
            return prefix
    prefix = run_folder.find(text).checkpoint()
    if not checkpoint_exists(prefix):
        raise UserError(f"--init_from={text}: the run has no {os.path.basename(prefix)} yet: give "
                        "another run or a checkpoint's prefix")
    return prefix
