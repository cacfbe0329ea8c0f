"""Starting weights: coverage, what is reported, and the checkpoints that are at hand."""

import numpy as np
import pytest

from archs import build_arch, get_extractor
from tests.archs.flags import arch_flags
from tests.checkpoints.restoring import restore
from tests.shared import shared_data
from utils.errors import UserError
from utils.tf_compat import slim, tf
from utils.train import initialise


def test_low_coverage_is_an_error(tmp_path):
    extractor = get_extractor("mobilenet_v1")
    with pytest.raises(UserError, match="50%, expected at least 95%.*checkpoint of mobilenet_v1"):
        restore(tmp_path, {"a/b": np.ones(3)}, initialise.restore_extractor, extractor=extractor)
    coverage, _ = restore(tmp_path, {"a/b": np.ones(3)}, initialise.restore_extractor,
                           extractor=extractor, min_coverage=.5)
    assert coverage.missing == ("a/w",)


def test_init_from_leaves_out_other_class_counts(tmp_path):
    prefix = str(tmp_path / "fcn.ckpt")
    with tf.Graph().as_default(), tf.Session() as session:
        build_arch(arch_flags(), 11).build_net(tf.zeros([1, 32, 32, 3]), is_training=False)
        session.run(tf.global_variables_initializer())
        tf.train.Saver().save(session, prefix, write_meta_graph=False)
    with tf.Graph().as_default(), tf.Session() as session:
        arch = build_arch(arch_flags(), 3)
        arch.build_net(tf.zeros([1, 32, 32, 3]), is_training=False)
        session.run(tf.global_variables_initializer())
        coverage = initialise.restore_init_from(
            session, prefix, arch.encoder_variables() + arch.decoder_variables())
    assert len(coverage.restored) == 135 and not coverage.missing
    assert ("decoder/1x1_fcn32_logits/biases", (3,), (11,)) in coverage.mismatched
    assert len(coverage.mismatched) == 4


def test_init_from_an_unrelated_run(tmp_path):
    with pytest.raises(UserError, match="--init_from: restored 0 of 2.*--basenet"):
        restore(tmp_path, {"other": 1.0}, initialise.restore_init_from)


# ---- files ----

@pytest.mark.parametrize("file", [
    "mobilenet_v1_1.0_224.ckpt.index", "mobilenet_v1_1.0_224/mobilenet_v1_1.0_224.ckpt.index",
    "mobilenet_v1_1.0_224.ckpt"])
def test_checkpoints_are_found(tmp_path, file):
    extractor = get_extractor("mobilenet_v1")
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"")
    found = initialise.find_checkpoint(str(tmp_path), extractor)
    assert found == str(path)[:-len(".index")] if file.endswith(".index") else str(path)


def test_a_missing_checkpoint_says_where_it_is_published(tmp_path):
    with pytest.raises(UserError) as raised:
        initialise.find_checkpoint(str(tmp_path), get_extractor("vgg16"))
    message = str(raised.value)
    for part in ("vgg_16.ckpt", str(tmp_path), "vgg_16_2016_08_28.tar.gz", "--from_scratch"):
        assert part in message


# ---- the published checkpoints ----

@pytest.mark.parametrize("output_stride", [32, 16, 8])
@pytest.mark.parametrize("name,count", [
    ("mobilenet_v1", 137), ("mobilenet_v2", 262), ("resnet_v1_18", 102)])
def test_published_checkpoints_fit_and_classify(name, count, output_stride):
    """Every variable and shape, and real photos: ImageNet's 281-285 are cats, 88 is the macaw."""
    from fcn_models import middle
    from utils.data.image_files import load_image_file
    extractor = get_extractor(name, output_stride=output_stride)
    checkpoint = initialise.find_checkpoint(shared_data("models"), extractor)
    photos = [middle(load_image_file(shared_data("photos", photo))) for photo in (
        "cat_1280x720.jpg", "parrot_512x929.jpg", "horses_773x512.jpg")]
    with tf.Graph().as_default(), tf.Session() as session:
        images = tf.constant(np.stack(photos), tf.float32)
        with slim.arg_scope(extractor.arg_scope(0.0, .99)):
            logits, _ = extractor.net(extractor.normalize(images), False, extractor.head_classes)
        coverage = initialise.restore_extractor(session, extractor, checkpoint,
                                                tf.global_variables(), min_coverage=1.0)
        cat, parrot, horses = session.run(
            logits[:, extractor.head_classes - 1000:]).argmax(axis=1)
    assert len(coverage.restored) == count and not coverage.unused
    assert cat in range(281, 286) and parrot == 88
    assert horses in range(339, 356)  # hoofed animals, from the horse to the llama


def test_the_first_values_of_another_graph():
    """They depend on how many operations come before; the copied ones are those of the other."""
    def weights(before, source=None):
        with tf.Graph().as_default() as graph, tf.Session() as session:
            tf.set_random_seed(1)
            for _ in range(before):
                tf.random_uniform([])
            variable = tf.get_variable("a", [3])
            session.run(tf.global_variables_initializer())
            if source:
                initialise.copy_initial_values(session, source)
            return session.run(variable), graph
    plain, graph = weights(0)
    assert (weights(2)[0] != plain).all()
    np.testing.assert_array_equal(weights(2, graph)[0], plain)
