"""Flags of the run itself: its seeds, its records, its name."""
import dataclasses
import os
import random
from typing import Any

from utils.errors import UserError
from utils.runs.flags import flag
from utils.runs.recipes import recipe_names
from utils.runs.roles import names


@dataclasses.dataclass(frozen=True)
class SeedFlags:
    """The random seeds."""

    seed: int = flag(-1, "seed of everything random (default: drawn, and recorded)", "seeds",
                     at_least=0, role="seed", marks="usual")
    seed_init: int = flag(-1, "seed of the initial weights (default: --seed)", "seeds", at_least=0,
                          role="seed", marks="source", label="initialisation")
    seed_order: int = flag(-1, "seed of the order of images (default: --seed)", "seeds", at_least=0,
                           role="seed", marks="source", label="order")
    seed_augment: int = flag(-1, "seed of augmentation and dropout (default: --seed)", "seeds",
                             at_least=0, role="seed", marks="source", label="augmentation")

    @property
    def noise_seed(self) -> int:
        """Seed of dropout."""
        return self.seed_augment


@dataclasses.dataclass(frozen=True)
class RunFlags:
    """What is evaluated and kept while a run trains, what it is called, where it computes."""

    eval_every: int = flag(100, "steps between evaluations, each with a checkpoint", "run",
                           at_least=1, role="learning", marks="minor choosing")
    eval_fraction: float = flag(0.25, "share of the validation split in a periodic evaluation; the "
                                "final test takes it whole", "run", more_than=0, at_most=1,
                                role="learning", marks="minor choosing")
    keep_every: int = flag(3000, "steps between checkpoints that are kept as fcn.ckpt_<iter>; 0 "
                           "for none", "run", at_least=0, role="watch")
    test_kept: int = flag(0, "the final test scores the last so many kept checkpoints too (for "
                          "fcn_report.py checkpoints)", "run", at_least=0, role="watch",
                          since="2026-11-21")
    log_every: int = flag(10, "steps between lines of the metrics", "run", at_least=1,
                          role="watch")
    recipe: str = flag("", f"flags from a file: {', '.join(recipe_names())} (in recipes/) or your "
                       "own", "run", path="from", role="run", since="2026-11-26", marks="usual")
    name: str = flag("", "name of the run folder (default: <MmmDD>_<basenet>)", "run", role="run")
    gpu: int = flag(0, "the GPU to use; -1 for none", "run", short="g", at_least=-1, role="path")
    resume: str = flag("", "run folder of a killed run to go on with; its flags are kept", "run",
                       path="from", role="run", marks="usual")


def settle_seeds(flags: Any) -> Any:
    """Fills in a seed for each source of randomness; draws --seed where it is missing."""
    seed = flags.seed if flags.seed >= 0 else random.SystemRandom().randrange(2 ** 31)
    sources = {name: getattr(flags, name) if getattr(flags, name) >= 0 else seed
               for name in names(SeedFlags, mark="source")}
    return dataclasses.replace(flags, seed=seed, **sources)


def require_plain_name(name: str) -> None:
    """Raises a `UserError` where --name is no name for a run folder; "" leaves it to the script."""
    if os.path.basename(name) != name or name in (".", "..") or len(name) > 200:
        raise UserError(f"--name: got {name!r}, expected a plain name without slashes, of up to "
                        "200 letters")
