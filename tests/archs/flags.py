"""Flags of a net for tests."""
import types


def arch_flags(**changes):
    """What `archs.build_arch` reads: FCN16 on a narrow MobileNet V1, and what the test changes."""
    flags = dict(basenet="mobilenet_v1", depth_multiplier=.25, extended_arch="", fcn16=True,
                 fcn8=False, fcn4=False, trainable_upsampling=False, align="centers",
                 weight_decay=1e-4, bn_decay=.99, noise_seed=0, output_stride=32)
    assert set(changes) <= set(flags)
    flags.update(changes)
    return types.SimpleNamespace(**flags)
