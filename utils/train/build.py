"""Builds what a training runs, and gives its variables their first values."""
import collections
from typing import Any

from utils.data import pipeline, records
from utils.data.decoded_cache import open_cache
from utils.machine import usable_cpus
from utils.runs.flags import parse_size
from utils.runs.run_folder import RunFolder
from utils.tf_compat import tf
from utils.train import checkpoints
from utils.train.graph import build_train_graph
from utils.train.initialise import copy_initial_values
from utils.train.loop import StopRequest, require_finite
from utils.train.losses.total import input_maps
from utils.train.parallel.world import ALONE, World

#: flags: settled `TrainFlags`; folder: the `RunFolder` to resume, or None; info: `DatasetInfo`;
#: split: the images to train on, a `Split`; sampling: their `Sampling`, or None; augmentation:
#: `Augmentation`; weights: of the classes, float [C]; arch: `BaseArch`; start: `Start`, or None
#: where the folder has a state; total_steps: int.
Prepared = collections.namedtuple(
    "Prepared", "flags folder info split sampling augmentation weights arch start total_steps")
#: graph: `tf.Graph`; train_graph: `TrainGraph`; everything, model: savers of all variables, and of
#: the net's; init: operation.
Built = collections.namedtuple("Built", "graph train_graph everything model init")


def build(prepared: Prepared, first_step: int, world: World, cache: Any = None) -> Built:
    """Builds the graph of a training of which `first_step` steps are done: `Built`.

    Args:
      cache: a `DecodedCache` of the training images, or None.
    """
    flags, info, arch = prepared.flags, prepared.info, prepared.arch
    with tf.Graph().as_default() as graph:
        # The input comes before the graph's seed, which would colour its order.
        batches = pipeline.training_batches(
            prepared.split, parse_size(flags.pixels), flags.batch_size,
            prepared.augmentation, flags.seed_order, flags.threads or usable_cpus(),
            first_step=first_step * flags.accumulate, rank=world.rank, processes=world.size,
            cache=cache, maps=input_maps(flags, info.num_classes), images=flags.overfit,
            sampling=prepared.sampling)
        tf.set_random_seed(flags.seed_init)
        train_graph = build_train_graph(arch, batches, flags, prepared.weights,
                                        prepared.total_steps, world)
        model = tf.train.Saver(arch.tested_variables())
        return Built(graph, train_graph, tf.train.Saver(tf.global_variables()), model,
                     tf.global_variables_initializer())


def first_values(session: Any, built: Built, prepared: Prepared) -> str:
    """Gives the variables the values that seed and start say; returns a line for the log."""
    session.run(built.init)
    if built.train_graph.parts is not None:
        plain = prepared._replace(flags=prepared.flags.in_one_part())
        copy_initial_values(session, build(plain, 0, ALONE).graph)
    line = prepared.start.restore(session, prepared.arch)
    if built.train_graph.averages:
        session.run(built.train_graph.averages.begin)
    return line


def save_weights(session: Any, built: Built, folder: RunFolder, step: Any = None) -> None:
    """Saves what tests read: the net's variables and, with --ema, their averages.

    Args:
      step: to keep them under its number; None for the newest.
    """
    checkpoints.save(built.model, session, folder.checkpoint(step))
    if built.train_graph.averages:
        checkpoints.save(built.train_graph.averages.saver, session, folder.averages(step))


def follow(prepared: Prepared, world: World, config: Any) -> None:
    """Takes the same steps as the first of several processes, and does nothing else."""
    first_step = world.share(None)
    cache, _ = open_cache(prepared.split.counts, prepared.flags.cache_mb)
    built = build(prepared, first_step, world, cache)
    with tf.Session(graph=built.graph, config=config) as session, StopRequest() as stop:
        session.run(built.init)
        built.train_graph.begin(session)
        for step in range(first_step + 1, prepared.total_steps + 1):
            with records.record_errors(prepared.flags.datapath):
                out = built.train_graph.run_step(session, stop.requested)
            require_finite(step, out)
            if out["stop"]:
                break
