"""Where runs can be made: the choices of --engine."""
from utils.errors import UserError
from utils.registry import Registry
from utils.sweep.jobs import best_jobs
from utils.sweep.local import LocalEngine, count_gpus

#: name -> function (flags, script, runs, sweep folder, say) -> engine.
ENGINES = Registry("engine")


@ENGINES.register("local")
def _local(flags, script, runs, folder, say):
    gpus = count_gpus()
    if flags.jobs == "auto":
        jobs = gpus or best_jobs(script, runs, folder, say)
    elif flags.jobs.isdigit() and int(flags.jobs):
        jobs = int(flags.jobs)
    else:
        raise UserError("--jobs: got {!r}, expected auto or a whole number from 1 on".format(
            flags.jobs))
    return LocalEngine(script, jobs, gpus)


def open_engine(flags, script, runs, folder, say):
    """The engine that --engine names.

    Args:
      flags: jobs, engine, address, cpus_per_run, gpus_per_run.
      script: path of fcn_train.py.
      runs: list of `PlannedRun`.
      folder: the `SweepFolder`.
      say: called with lines for people.
    """
    return ENGINES.get(flags.engine)(flags, script, runs, folder, say)
