"""The engines that make runs: the choices of --engine."""
from typing import Any, Callable, Sequence

from utils.errors import UserError
from utils.registry import Registry
from utils.runs.plans import PlannedRun
from utils.sweep.jobs import best_jobs
from utils.sweep.local import LocalEngine, count_gpus
from utils.sweep.plan import SweepFolder
from utils.sweep.ray_engine import RayEngine

#: name -> function (flags, script, runs, sweep folder, say) -> engine.
ENGINES = Registry("engine")


@ENGINES.register("local")
def _local(flags, script, runs, folder, say):
    for name in ("address", "cpus_per_run", "gpus_per_run"):
        if getattr(flags, name):
            raise UserError(f"--{name}={getattr(flags, name)}: --engine=local does not take it: "
                            "leave it out, or say --engine=ray")
    gpus = count_gpus()
    if flags.jobs == "auto":
        jobs = gpus or best_jobs(script, runs, folder, say)
    elif flags.jobs.isdigit() and int(flags.jobs):
        jobs = int(flags.jobs)
    else:
        raise UserError(f"--jobs: got {flags.jobs!r}, expected auto or a whole number from 1 on")
    return LocalEngine(script, jobs, gpus)


@ENGINES.register("ray")
def _ray(flags, script, runs, folder, say):
    engine = RayEngine(script, flags.address, flags.cpus_per_run or 1.0, flags.gpus_per_run)
    say(f"ray: {engine.capacity} runs at once")
    return engine


def open_engine(flags: Any, script: str, runs: Sequence[PlannedRun], folder: SweepFolder,
                say: Callable[[str], None]) -> Any:
    """Opens the engine that --engine names.

    Args:
      flags: jobs, engine, address, cpus_per_run, gpus_per_run.
      script: path of fcn_train.py.
      runs: list of `PlannedRun`.
      folder: the `SweepFolder`.
      say: called with lines for people.
    """
    return ENGINES.get(flags.engine)(flags, script, runs, folder, say)
