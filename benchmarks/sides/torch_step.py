#!/usr/bin/env python
"""A PyTorch training step of the same nets, a peer for compute_speed.py; needs torch alone.

    python benchmarks/sides/torch_step.py --basenet=resnet_v1_18 --pixels=256 --batch_size=8

FCN16, U-Net or DeepLab v3+ on each feature extractor: same layers, channels, strides and rates,
bilinear upsampling to the image, weighted cross entropy, batch norm in training mode, L2 and Adam
(fused), channels last. Flags are named as fcn_train.py's. Then, as tf_step.py, it reads numbers of
steps from standard input and answers with seconds.
"""
import argparse
import itertools

import speak
import torch
from torch import nn
from torch.nn import functional as F

CLASSES = 11


def conv(channels_in, channels, kernel=1, stride=1, groups=1, activation=nn.ReLU):
    """Convolution, batch norm, activation."""
    layers = [nn.Conv2d(channels_in, channels, kernel, stride, kernel // 2, groups=groups,
                        bias=False), nn.BatchNorm2d(channels)]
    return nn.Sequential(*layers + ([activation(inplace=True)] if activation else []))


class Basic(nn.Module):
    """Unit of ResNet-18."""

    def __init__(self, channels_in, channels, stride):
        super().__init__()
        self.body = nn.Sequential(conv(channels_in, channels, 3, stride),
                                  conv(channels, channels, 3, activation=None))
        self.shortcut = nn.Identity() if stride == 1 and channels_in == channels else conv(
            channels_in, channels, 1, stride, activation=None)

    def forward(self, net):
        return F.relu(self.shortcut(net) + self.body(net))


class Bottleneck(nn.Module):
    """Unit of ResNet-50, slim's: the stride is the 3x3 convolution's."""

    def __init__(self, channels_in, channels, stride):
        super().__init__()
        self.body = nn.Sequential(conv(channels_in, channels // 4),
                                  conv(channels // 4, channels // 4, 3, stride),
                                  conv(channels // 4, channels, activation=None))
        if channels_in != channels:
            self.shortcut = conv(channels_in, channels, 1, stride, activation=None)
        else:
            self.shortcut = nn.MaxPool2d(1, stride) if stride > 1 else nn.Identity()

    def forward(self, net):
        return F.relu(self.shortcut(net) + self.body(net))


class Inverted(nn.Module):
    """Unit of MobileNet V2."""

    def __init__(self, channels_in, channels, stride, expansion):
        super().__init__()
        wide = channels_in * expansion
        expand = [conv(channels_in, wide, activation=nn.ReLU6)] if expansion > 1 else []
        self.body = nn.Sequential(*expand + [
            conv(wide, wide, 3, stride, wide, nn.ReLU6), conv(wide, channels, activation=None)])
        self.residual = stride == 1 and channels_in == channels

    def forward(self, net):
        return net + self.body(net) if self.residual else self.body(net)


class Inception(nn.Module):
    """Module of Inception V1, slim's: two 3x3 branches."""

    def __init__(self, channels_in, one, squeeze3, three, squeeze5, five, pool):
        super().__init__()
        self.branches = nn.ModuleList([
            conv(channels_in, one),
            nn.Sequential(conv(channels_in, squeeze3), conv(squeeze3, three, 3)),
            nn.Sequential(conv(channels_in, squeeze5), conv(squeeze5, five, 3)),
            nn.Sequential(nn.MaxPool2d(3, 1, 1), conv(channels_in, pool))])

    def forward(self, net):
        return torch.cat([branch(net) for branch in self.branches], 1)


def cut(layers, *ends):
    """Layers in stages: those up to the last of strides 2, 4, 8, 16, and the rest."""
    return [layers[begin:end] for begin, end in zip((0,) + ends, ends + (len(layers),))]


def resnet(unit, widths, counts, stride_last):
    """Stages of a ResNet."""
    layers, channels, ends = [conv(3, 64, 7, 2), nn.MaxPool2d(3, 2, 1)], 64, [1]
    for index, (width, count) in enumerate(zip(widths, counts)):
        strided = (index < 3) if stride_last else (index > 0)
        at = count - 1 if stride_last else 0
        for number in range(count):
            if strided and number == at:  # features are those before the unit that strides
                ends.append(len(layers))
            layers.append(unit(channels, width, 2 if strided and number == at else 1))
            channels = width
    return cut(layers, *ends)


def mobilenet_v1():
    units = [(1, 64), (2, 128), (1, 128), (2, 256), (1, 256), (2, 512)] + [(1, 512)] * 5 + [
        (2, 1024), (1, 1024)]
    layers, channels = [conv(3, 32, 3, 2, activation=nn.ReLU6)], 32
    for stride, width in units:
        layers += [conv(channels, channels, 3, stride, channels, nn.ReLU6),
                   conv(channels, width, activation=nn.ReLU6)]
        channels = width
    return cut(layers, 3, 7, 11, 23)


def mobilenet_v2():
    groups = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1),
              (6, 160, 3, 2), (6, 320, 1, 1)]
    layers, channels = [conv(3, 32, 3, 2, activation=nn.ReLU6)], 32
    for expansion, width, repeats, stride in groups:
        for repeat in range(repeats):
            layers.append(Inverted(channels, width, stride if repeat == 0 else 1, expansion))
            channels = width
    return cut(layers + [conv(320, 1280, activation=nn.ReLU6)], 2, 4, 7, 14)


def inception_v1():
    pool = nn.MaxPool2d(3, 2, 1)
    return cut([
        conv(3, 64, 7, 2), pool, conv(64, 64), conv(64, 192, 3), pool,
        Inception(192, 64, 96, 128, 16, 32, 32), Inception(256, 128, 128, 192, 32, 96, 64), pool,
        Inception(480, 192, 96, 208, 16, 48, 64), Inception(512, 160, 112, 224, 24, 64, 64),
        Inception(512, 128, 128, 256, 24, 64, 64), Inception(512, 112, 144, 288, 32, 64, 64),
        Inception(528, 256, 160, 320, 32, 128, 128), nn.MaxPool2d(2, 2),
        Inception(832, 256, 160, 320, 32, 128, 128),
        Inception(832, 384, 192, 384, 48, 128, 128)], 1, 4, 7, 13)


def vgg_16():
    stages, channels = [], 3
    for repeats, width in [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)]:
        stage = []
        for _ in range(repeats):
            stage += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(inplace=True)]
            channels = width
        stages.append(stage + [nn.MaxPool2d(2, 2)])
    stages[-1] += [nn.Conv2d(512, 4096, 7, padding=3), nn.ReLU(inplace=True), nn.Dropout(.5),
                   nn.Conv2d(4096, 4096, 1), nn.ReLU(inplace=True), nn.Dropout(.5)]
    return stages


#: name: (stages of strides 2, 4, 8, 16, 32; channels of each).
NETS = {
    "vgg_16": (vgg_16, (64, 128, 256, 512, 4096)),
    "inception_v1": (inception_v1, (64, 192, 480, 832, 1024)),
    "resnet_v1_18": (lambda: resnet(Basic, (64, 128, 256, 512), (2, 2, 2, 2), False),
                     (64, 64, 128, 256, 512)),
    "resnet_v1_50": (lambda: resnet(Bottleneck, (256, 512, 1024, 2048), (3, 4, 6, 3), True),
                     (64, 256, 512, 1024, 2048)),
    "mobilenet_v1": (mobilenet_v1, (64, 128, 256, 512, 1024)),
    "mobilenet_v2": (mobilenet_v2, (16, 24, 32, 96, 1280)),
}
#: name: (the last layers that are the classifier's, the channels before them), as records say.
TRUNKS = {"vgg_16": (6, 512), "mobilenet_v2": (1, 320)}


def stages_of(name, trunk):
    """(stages, channels) of a feature extractor; a trunk ends before the classifier's layers."""
    make, channels = NETS[name]
    stages = make()
    if trunk and name in TRUNKS:
        layers, deepest = TRUNKS[name]
        stages[4], channels = stages[4][:-layers], channels[:4] + (deepest,)
    return stages, channels


def resize(net, factor):
    return F.interpolate(net, scale_factor=factor, mode="bilinear")


def without_stride(layers):
    """Layers with stride 1 in place of 2, whose further 3x3 convolutions have dilation 2."""
    found = False
    for module in itertools.chain.from_iterable(layer.modules() for layer in layers):
        if isinstance(module, nn.Conv2d):
            strided, module.stride = module.stride != (1, 1), (1, 1)
            if found and module.kernel_size[0] > 1:
                module.dilation = module.padding = (2, 2)
            found = found or strided
    if not found:
        raise SystemExit("--output_stride=16 takes a feature extractor that strides by "
                         "convolutions: a ResNet-18 or a MobileNet")
    return layers


class Net(nn.Module):
    """A feature extractor in stages; `forward` decodes their results, by stride."""
    TRUNK = False

    def __init__(self, stages):
        super().__init__()
        self.stages = nn.ModuleList([nn.Sequential(*stage) for stage in stages])

    def features(self, images):
        found, net = {}, images / 127.5 - 1
        for level, stage in zip((2, 4, 8, 16, 32), self.stages):
            net = found[level] = stage(net)
        return found


class Fcn16(Net):
    """Scores of stride 32 and 16, added; bilinear to the image."""

    def __init__(self, stages, channels, output_stride):
        assert output_stride == 32, "FCN16 is built at output stride 32"
        super().__init__(stages)
        self.score16 = nn.Conv2d(channels[3], CLASSES, 1)
        self.score32 = nn.Conv2d(channels[4], CLASSES, 1)

    def forward(self, images):
        found = self.features(images)
        return resize(resize(self.score32(found[32]), 2) + self.score16(found[16]), 16)


class UNet(Net):
    """Upsampling, 3x3 convolution, the features of that stride appended: down to stride 2."""

    def __init__(self, stages, channels, output_stride):
        assert output_stride == 32, "U-Net is built at output stride 32"
        super().__init__(stages)
        self.ups, below = nn.ModuleList(), channels[4]
        for width, skip in zip((512, 256, 128, 64), channels[3::-1]):
            self.ups.append(conv(below, width, 3))
            below = width + skip
        self.score = nn.Conv2d(below, CLASSES, 3, padding=1)

    def forward(self, images):
        found = self.features(images)
        net = found[32]
        for level, up in zip((16, 8, 4, 2), self.ups):
            net = torch.cat([up(resize(net, 2)), found[level]], 1)
        return resize(self.score(net), 2)


def separable(channels_in, channels, rate=1):
    """Depthwise and pointwise convolution, each with batch norm and ReLU."""
    depthwise = conv(channels_in, channels_in, 3, groups=channels_in)
    depthwise[0].dilation = depthwise[0].padding = (rate, rate)
    return nn.Sequential(depthwise, conv(channels_in, channels))


class DeepLabV3Plus(Net):
    """Atrous pyramid on the deepest features, refined by those of stride 4."""
    TRUNK = True

    def __init__(self, stages, channels, output_stride):
        if output_stride == 16:
            stages = stages[:4] + [without_stride(stages[4])]
        super().__init__(stages)
        self.up, deepest = output_stride // 4, channels[4]
        self.branches = nn.ModuleList([conv(deepest, 256)] + [
            separable(deepest, 256, rate * 16 // output_stride) for rate in (6, 12, 18)])
        self.image, self.join = conv(deepest, 256), conv(5 * 256, 256)
        self.low_level = conv(channels[1], 48)
        self.refine = nn.Sequential(separable(304, 256), separable(256, 256))
        self.score = nn.Conv2d(256, CLASSES, 1)

    def forward(self, images):
        found = self.features(images)
        net = found[32]
        mean = self.image(net.mean((2, 3), keepdim=True)).expand(-1, -1, *net.shape[2:])
        net = self.join(torch.cat([branch(net) for branch in self.branches] + [mean], 1))
        net = resize(F.dropout(net, .1), self.up)
        return resize(self.score(self.refine(torch.cat([net, self.low_level(found[4])], 1))), 4)


DECODERS = {"FCN": Fcn16, "UNet": UNet, "DeepLabV3Plus": DeepLabV3Plus}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--basenet", required=True, choices=sorted(NETS))
    parser.add_argument("--extended_arch", default="FCN", choices=sorted(DECODERS))
    parser.add_argument("--output_stride", type=int, default=32, choices=(16, 32))
    parser.add_argument("--pixels", type=int, default=256)
    parser.add_argument("--batch_size", type=int, default=8)
    parser.add_argument("--precision", choices=("float32", "mixed"), default="float32")
    args = parser.parse_args()
    torch.manual_seed(1)
    shape = (args.batch_size, 3, args.pixels, args.pixels)
    images = (torch.rand(shape) * 255).to(memory_format=torch.channels_last)
    labels = torch.randint(0, CLASSES, (args.batch_size, args.pixels, args.pixels))
    decoder = DECODERS[args.extended_arch]
    net = decoder(*stages_of(args.basenet, decoder.TRUNK), args.output_stride)
    net = net.to(memory_format=torch.channels_last).train()
    parameters = sum(weights.numel() for weights in net.parameters())
    weights = torch.ones(CLASSES)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, weight_decay=4e-5, fused=True)

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=args.precision == "mixed"):
            logits = net(images)
        loss = F.cross_entropy(logits.float(), labels, weights, ignore_index=255)
        loss.backward()
        optimizer.step()
        return float(loss.detach())
    speak.serve(step, f"PyTorch {torch.__version__}, {parameters / 1e6:.2f} M", args.batch_size)


if __name__ == "__main__":
    main()
