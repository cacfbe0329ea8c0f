#!/usr/bin/env python
"""Trains a segmentation net: a decoder of the FCN family on an ImageNet-pretrained slim net.

    python fcn_train.py --basenet=mobilenet_v1 --datapath=data/camvid --modelspath=models

The run's folder, tmp/<MmmDD>_<basenet>__<n>, holds its flags, log, metrics, checkpoints and
TensorBoard events. `--resume=<folder>` goes on with a run that was killed.
"""
import collections
import dataclasses
import os
import sys

from archs import DECODERS, EXTRACTORS, build_arch
from utils.data import pipeline, records
from utils.data.decoded_cache import open_cache
from utils.errors import Interrupted, UserError, run_script
from utils.evaluate.segmenter import Segmenter
from utils.files import write_text
from utils.machine import usable_cpus
from utils.runs import flags as flag_tools
from utils.runs import info as run_info
from utils.runs import run_folder
from utils.runs.metrics import MetricWriter
from utils.runs.train_flags import FREE_ON_RESUME, TrainFlags, augmentation, settle
from utils.tf_compat import tf
from utils.train import checkpoints
from utils.train.cost import net_cost
from utils.train.graph import build_train_graph
from utils.train.loop import StopRequest, Window, due, progress_bar, require_finite
from utils.train.losses import LOSSES, class_weights
from utils.train.schedules import SCHEDULES
from utils.train.session import session_config
from utils.train.start import Start
from utils.train.watch import Watch

#: flags: settled `TrainFlags`; folder: the `RunFolder` to resume, or None; info: `DatasetInfo`;
#: weights: of the classes, float [C]; arch: `BaseFcnArch`; start: `Start`; total_steps: int.
Prepared = collections.namedtuple(
    "Prepared", "flags folder info weights arch start total_steps")


def open_run(argv):
    """(flags, folder): the flags of a new run and None, or those of the run that --resume names."""
    choices = {"basenet": EXTRACTORS.names() + sorted(EXTRACTORS.aliases()),
               "extended_arch": [""] + DECODERS.names(),
               "loss": LOSSES.names(), "lr_schedule": SCHEDULES.names()}
    flags, given = flag_tools.parse_flags(TrainFlags, argv, __doc__, choices)
    if not flags.resume:
        flags = dataclasses.replace(flags, basenet=EXTRACTORS.canonical(flags.basenet))
        return settle(flags, given), None
    folder = run_folder.find(flags.resume)
    changed = sorted(given - FREE_ON_RESUME)
    if changed:
        raise UserError("--resume keeps the run's flags, so --{} cannot be given: start a new run "
                        "with --init_from={} instead".format(changed[0], folder.path))
    state = folder.state()
    if state in ("finished", "running"):
        raise UserError("{} is {}: nothing to resume{}".format(
            folder.path, state, " (fcn_test.py tests it)" if state == "finished" else ""))
    stored = flag_tools.from_dict(TrainFlags, folder.read_runargs())
    return dataclasses.replace(stored, **{name: getattr(flags, name) for name in given}), folder


def open_data(flags):
    """The `DatasetInfo`; a `UserError` where it is not what the flags say."""
    info = records.open_dataset(flags.datapath, flags.dataset_family)
    if flags.num_classes not in (0, info.num_classes):
        raise UserError("--num_classes={}, but the records in {} have {} classes ({}): leave the "
                        "flag out, or convert the dataset anew".format(
                            flags.num_classes, flags.datapath, info.num_classes,
                            ", ".join(info.class_names)))
    for split in ("training", "validation"):
        records.split_files(flags.datapath, split)
    if info.splits["training"].count < flags.batch_size:
        raise UserError("--batch_size={}, but the training split has {} images: choose a smaller "
                        "batch".format(flags.batch_size, info.splits["training"].count))
    return info


def require_same_data(folder, info):
    """Refuses to resume on other images than the run began with."""
    before = folder.read_runinfo().get("data_sha256")
    now = info.splits["training"].sha256
    if before not in (None, now):
        raise UserError("--resume={}: the training records are not those that the run began with "
                        "(hash {}..., then {}...): restore them, or start a new run with "
                        "--init_from={}".format(folder.path, now[:8], before[:8], folder.path))


def prepare(argv):
    """Everything that a mistake in the flags can show, before a run folder is made: `Prepared`."""
    flags, folder = open_run(argv)
    info = open_data(flags)
    weights = class_weights(flags.class_weights, info.class_frequencies())
    arch = build_arch(flags, info.num_classes)
    total_steps = flags.steps or max(
        1, int(flags.epochs * info.splits["training"].count / flags.batch_size))
    return Prepared(flags, folder, info, weights, arch, Start(flags, arch.extractor), total_steps)


def main(argv):
    # ---- Flags, data, net: a mistake here leaves no run folder behind.
    flags, folder, info, weights, arch, start, total_steps = prepare(argv)
    os.environ["CUDA_VISIBLE_DEVICES"] = str(flags.gpu)
    size = flag_tools.parse_size(flags.pixels)

    # ---- The run folder: flags first, then where and on what.
    if folder:
        require_same_data(folder, info)
    else:
        folder = run_folder.create(flags.basenet, flags.name)
        write_text(folder.runargs, flag_tools.to_json(flags))
    log = run_info.open_runlog(folder.runlog)
    log.info("run folder %s", folder.path)
    with run_info.recorded(folder, sys.argv, data_sha256=info.splits["training"].sha256,
                           class_names=info.class_names, palette=info.palette,
                           total_steps=total_steps) as heartbeat:

        # ---- The graph. The input comes before the graph's seed, which would colour its order.
        state = checkpoints.load_resume_state(folder) or {"step": 0, "window": None}
        cache, line = open_cache(info.splits["training"], flags.cache_mb)
        log.info(line)
        with tf.Graph().as_default() as graph:
            batches = pipeline.training_batches(
                records.split_files(flags.datapath, "training"), info.splits["training"].count,
                info.legacy, size, flags.batch_size, augmentation(flags), flags.seed_order,
                flags.threads or usable_cpus(), first_step=state["step"], cache=cache)
            tf.set_random_seed(flags.seed_init)
            train_graph = build_train_graph(arch, batches, flags, weights, total_steps)
            everything = tf.train.Saver(tf.global_variables())
            model = tf.train.Saver(arch.encoder_variables() + arch.decoder_variables())
            init = tf.global_variables_initializer()
        graph.finalize()  # what grew while it runs would fill the memory

        # ---- Watching: the same evaluation as fcn_test.py's, on a part of the data. Its graph, and
        # what a net costs, can wait for the first evaluation; the first step need not.
        def segmenter():
            folder.update_runinfo(**net_cost(arch.build_net, size))
            return Segmenter(arch.build_net, info.num_classes, size, flags.threads)
        watch = Watch(segmenter, info, flags)

        # ---- Training.
        with tf.Session(graph=graph, config=session_config(flags.repeatable)) as session:
            if state["step"]:
                everything.restore(session, os.path.join(folder.path, state["checkpoint"]))
                log.info("resumed at step %d of %d", state["step"], total_steps)
            else:
                session.run(init)
                log.info("%s", start.restore(session, arch))
            session.run(train_graph.iterator.initializer)
            writer = MetricWriter(folder, state["step"], graph)
            finished = train(session, train_graph, (model, everything), folder, writer, watch,
                             flags, state, total_steps, log, heartbeat)
            writer.close()
        if not finished:
            raise Interrupted("go on with: python fcn_train.py --resume={}".format(
                folder.path))

        # ---- The final test, of whole splits.
        watch.final_test(folder, log, total_steps)
        log.info("done: test further with: python fcn_test.py --traindir=%s", folder.path)


def train(session, graph, savers, folder, writer, watch, flags, state, total_steps, log,
          heartbeat):
    """The loop, from the step in `state` to `total_steps`; False when it was asked to stop."""
    model, everything = savers
    window = Window(state["window"])
    with progress_bar(state["step"], total_steps) as bar, StopRequest() as stop:
        for step in range(state["step"] + 1, total_steps + 1):
            # ---- One step.
            out = session.run(graph.fetches)
            require_finite(step, out)
            heartbeat.step = step
            window.add(out["wait"], loss=out["loss"], cross_entropy=out["cross_entropy"])
            bar.update()

            # ---- Metrics.
            if due(step, flags.log_every, total_steps):
                means = window.means()
                speed, wait = window.speed(flags.batch_size)
                writer.write(step, {"loss/total": means["loss"],
                                    "loss/cross_entropy": means["cross_entropy"],
                                    "learning_rate": out["learning_rate"]})
                writer.scalars(step, {"speed/images_per_second": speed, "speed/data_wait": wait})
                bar.set_postfix_str("loss {:.3f}, {:.1f} images/s, data wait {:.0%}".format(
                    means["loss"], speed, wait))
                window = Window()

            # ---- Evaluation and checkpoints; what resume starts from comes last.
            evaluating = due(step, flags.eval_every, total_steps)
            if evaluating:
                checkpoints.save(model, session, folder.checkpoint())
                watch.report(step, folder, writer, log)
            if due(step, flags.keep_every, 0):
                checkpoints.save(model, session, folder.checkpoint(step))
            if evaluating or stop.requested:
                writer.flush()
                checkpoints.save_resume_state(everything, session, folder, step, window.state())
                window.restart_clock()
            if stop.requested and step < total_steps:
                return False
    return True


if __name__ == "__main__":
    run_script(main)
