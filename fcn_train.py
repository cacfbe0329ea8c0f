#!/usr/bin/env python
"""Trains a segmentation net: a decoder on an ImageNet-pretrained tf-slim feature extractor.

    python fcn_train.py --basenet=mobilenet_v1 --datapath=data/camvid

The run's folder, tmp/<MmmDD>_<basenet>__<n>, holds all that it makes. `--resume=<folder>` goes on
with a run that was killed.
"""
from utils import needs  # noqa: F401  first: says what this Python lacks

# isort: split

import dataclasses
import os
import shlex
import sys
from typing import Any, List, Optional, Tuple

from archs import build_arch, net_choices, require_flags_taken
from utils.data import records
from utils.data.augment import AUGMENTATIONS
from utils.data.decoded_cache import open_cache
from utils.data.sampling import SAMPLINGS
from utils.errors import Interrupted, UserError, run_script
from utils.evaluate.segmenter import Segmenter
from utils.registry import Spelling
from utils.runs import flags as flag_tools
from utils.runs import info as run_info
from utils.runs import run_folder
from utils.runs.metrics import MetricWriter
from utils.runs.recipes import with_recipe
from utils.runs.runargs import to_json
from utils.runs.train_flags import FREE_ON_RESUME, SEPARATORS, TrainFlags, settle
from utils.tf_compat import tf
from utils.train import checkpoints
from utils.train.build import Built, Prepared, build, first_values, follow, save_weights
from utils.train.cost import net_cost
from utils.train.data import (
    class_counts,
    data_entries,
    open_data,
    open_training,
    subset_note,
    subset_text,
    training_images,
    write_subset,
)
from utils.train.early_stop import EarlyStop
from utils.train.images import augmentation, image_lines, sampling
from utils.train.loop import StopRequest, Window, due, progress_bar, require_finite
from utils.train.losses import LOSSES
from utils.train.losses.class_weights import CLASS_WEIGHTS, WeightSpelling, class_weights
from utils.train.losses.total import loss_note, require_loss
from utils.train.optimisers import OPTIMISERS, require_taken
from utils.train.parallel.launch import join, resume_command
from utils.train.parallel.towers import visible_devices
from utils.train.parallel.world import ALONE, World
from utils.train.schedules import SCHEDULES, require_warmup
from utils.train.session import precision_note, require_precision, session_config
from utils.train.start import Start, no_folder_without_a_start
from utils.train.validation import Validation

#: What a line of the metrics has of a step beside losses, where the step reports it.
REPORTED = ("learning_rate", "loss_scale", "gradient_norm")


def open_run(argv: List[str],
             world: World = ALONE) -> Tuple[TrainFlags, Optional[run_folder.RunFolder]]:
    """(flags, folder): the flags of a new run and None, or those of the run that --resume names."""
    choices = dict(net_choices(), class_weights=WeightSpelling(CLASS_WEIGHTS),
                   augment=Spelling(AUGMENTATIONS, SEPARATORS["augment"], empty=True),
                   loss=Spelling(LOSSES, SEPARATORS["loss"]), sampling=Spelling(SAMPLINGS),
                   lr_schedule=Spelling(SCHEDULES), optimiser=Spelling(OPTIMISERS))

    def parse(words):
        return flag_tools.parse_flags(TrainFlags, words, __doc__, choices)
    flags, given = parse(argv)
    if "resume" in given and not flags.resume:
        raise UserError("--resume= is empty: give the folder of a run, or leave the flag out")
    if not flags.resume:
        flags, given = with_recipe(flags, given, parse)
        require_flags_taken(flags.extended_arch, given)
        require_taken(flags, given)
        return settle(flags, given, world.size), None
    folder = run_folder.find(flags.resume)
    changed = sorted(given - FREE_ON_RESUME)
    if changed:
        raise UserError(f"--resume keeps the run's flags, so --{changed[0]} cannot be given: start "
                        f"a new run with --init_from={folder.path} instead")
    state = folder.state()
    if state in ("finished", "running"):
        raise UserError("{} is {}: nothing to resume{}".format(
            folder.path, state, " (fcn_test.py tests it)" if state == "finished" else ""))
    stored = folder.read_flags()
    if stored.processes != world.size:
        raise UserError("--resume={}: {} processes trained it (global batch {}), but here {}: "
                        "{}".format(folder.path, stored.processes, stored.images_per_step,
                                    "is 1" if world.size == 1 else f"are {world.size}",
                                    resume_command(folder, stored)))
    return dataclasses.replace(stored, **{name: getattr(flags, name) for name in given}), folder


def prepare(argv: List[str], world: World = ALONE) -> Prepared:
    """Finds all that a mistake in the flags can show, before a run folder is made: `Prepared`."""
    flags, folder = open_run(argv, world)
    flags = world.share(flags)  # a seed that was drawn, too
    info = open_data(flags, folder)
    split = open_training(flags, info, folder)
    flags = dataclasses.replace(flags, subset_images=subset_text(split))
    chosen, augmented = sampling(flags, split), augmentation(flags, split)
    weights = class_weights(flags.class_weights, class_counts(split))
    require_loss(flags, weights)
    arch = build_arch(flags, info.num_classes)
    total_steps = flags.steps or max(
        1, int(flags.epochs * training_images(flags, split) / flags.images_per_step))
    require_warmup(flags, total_steps)
    # A run that has saved a state needs nothing of where it started.
    started = folder is not None and checkpoints.has_resume_state(folder)
    start = None if started else Start(flags, arch.extractor)
    return Prepared(flags, folder, info, split, chosen, augmented, weights, arch, start,
                    total_steps)


def main(argv: List[str]) -> None:
    """Runs the command; argv: its words, without the script's name."""
    world = join()
    # ---- Flags, data, net: a mistake here leaves no run folder behind.
    prepared = prepare(argv, world)
    flags, folder, info, arch = prepared.flags, prepared.folder, prepared.info, prepared.arch
    total_steps = prepared.total_steps
    os.environ["CUDA_VISIBLE_DEVICES"] = visible_devices(flags.gpu, flags.devices,
                                                         world.local_rank)
    require_precision(flags.precision)
    config = session_config(flags.repeatable, flags.devices, flags.precision)
    if world.rank:
        return follow(prepared, world, config)

    # ---- The run folder: flags first, then where and on what.
    if not folder:
        folder = run_folder.create(flags.basenet, flags.name, runargs=to_json(flags))
        write_subset(folder, prepared.split)
    log = run_info.open_runlog(folder.runlog)
    log.info("run folder %s", folder.path)
    for line in filter(None, (precision_note(flags.precision), loss_note(flags),
                              subset_note(flags, prepared.split),
                              *image_lines(flags, prepared.split, prepared.sampling,
                                           prepared.augmentation))):
        log.info(line)
    size = flag_tools.parse_size(flags.pixels)
    with run_info.claimed(folder), \
            no_folder_without_a_start(folder, is_new=prepared.folder is None), \
            run_info.recorded(folder, sys.argv, total_steps=total_steps,
                              processes=flags.processes, global_batch=flags.images_per_step,
                              **data_entries(flags, prepared.split, prepared.folder)) as heartbeat:

        # ---- The graph.
        checkpoints.remove_leftovers(folder)
        state = checkpoints.load_resume_state(folder, log.info) or {"step": 0, "window": None}
        cache, line = open_cache(prepared.split.counts, flags.cache_mb)
        log.info(line)
        built = build(prepared, world.share(state["step"]), world, cache)

        # ---- Validation, as fcn_test.py does it, on a part of the data. Its graph, and
        # what a net costs, can wait for the first evaluation; the first step need not.
        def segmenter():
            folder.update_runinfo(**net_cost(arch.build_net, size))
            return Segmenter(arch.build_net, info.num_classes, size, flags.threads)
        validation = Validation(segmenter, prepared.split, flags)

        # ---- Training.
        with tf.Session(graph=built.graph, config=config) as session:
            if state["step"]:
                checkpoints.restore(built.everything, session,
                                    folder.resume_checkpoint(state["step"]))
                log.info("resumed at step %d of %d", state["step"], total_steps)
            else:
                log.info("%s", first_values(session, built, prepared))
            built.train_graph.begin(session)
            built.graph.finalize()  # what grew while it runs would fill the memory
            writer = MetricWriter(folder, state["step"], built.graph)
            last_step = train(session, built, folder, writer, validation, flags, state,
                              total_steps, log, heartbeat)
            writer.close()
        if last_step is None:
            raise Interrupted(f"go on with: {resume_command(folder, flags)}")

        # ---- The final test, of whole splits.
        validation.final_test(folder, log, last_step)
        log.info("done: test further with: python fcn_test.py --traindir=%s",
                 shlex.quote(folder.path))


def train(session: Any, built: Built, folder: run_folder.RunFolder, writer: MetricWriter,
          validation: Validation, flags: TrainFlags, state: Any, total_steps: int, log: Any,
          heartbeat: Any) -> Optional[int]:
    """The loop, from the step in `state` to `total_steps`.

    Returns:
      the last step of the training; None when it was asked to stop before.
    """
    window, early = Window(state["window"]), EarlyStop(flags.early_stop, flags.eval_every)
    with progress_bar(state["step"], total_steps) as bar, StopRequest() as stop:
        for step in range(state["step"] + 1, total_steps + 1):
            # ---- Is it good enough? One that was killed after this moment stops here again.
            if early.reached(step - 1, writer):
                log.info(early.line(step - 1, writer))
                folder.update_runinfo(stopped_at=step - 1)
                return step - 1

            # ---- One step.
            with records.record_errors(flags.datapath):
                out = built.train_graph.run_step(session, stop.requested)
            require_finite(step, out)
            heartbeat.step = step
            window.add(out["wait"], loss=out["loss"], **out["terms"])
            bar.update()

            # ---- Metrics.
            if due(step, flags.log_every, total_steps):
                means = window.means()
                speed, wait = window.speed(flags.images_per_step)
                metrics = {"loss/total": means["loss"]}
                metrics.update({"loss/" + name: means[name] for name in out["terms"]})
                metrics.update({name: out[name] for name in REPORTED if name in out})
                writer.write(step, metrics)
                writer.scalars(step, {"speed/images_per_second": speed, "speed/data_wait": wait})
                bar.set_postfix_str("loss {:.3f}, {:.1f} images/s, data wait {:.0%}".format(
                    means["loss"], speed, wait))
                window = Window()

            # ---- Evaluation and checkpoints; what resume starts from comes last.
            evaluating = due(step, flags.eval_every, total_steps)
            if evaluating:
                save_weights(session, built, folder)
                validation.report(step, folder, writer, log)
            if due(step, flags.keep_every, 0):
                save_weights(session, built, folder, step)
            stopping = out.get("stop", stop.requested)  # several processes agree within a step
            if evaluating or stopping:
                writer.flush()
                checkpoints.save_resume_state(built.everything, session, folder, step,
                                              window.state())
                window.restart_clock()
            if stopping and step < total_steps:
                return None
    return total_steps


if __name__ == "__main__":
    run_script(main)
