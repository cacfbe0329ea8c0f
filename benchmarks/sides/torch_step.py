#!/usr/bin/env python
"""A PyTorch training step of the same nets, a peer for compute_speed.py; needs torch alone.

    python benchmarks/sides/torch_step.py --basenet=resnet_v1_18 --pixels=256 --batch_size=8

FCN16 on each feature extractor: same layers, channels and strides, bilinear upsampling to the
image, weighted cross entropy, batch norm in training mode, L2 and Adam (fused), channels last.
Then, as tf_step.py, it reads numbers of steps from standard input and answers with seconds.
"""
import argparse

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


def resnet(unit, widths, counts, stride_last):
    """(layers up to stride 16, layers up to stride 32) of a ResNet."""
    blocks, channels = [], 64
    for index, (width, count) in enumerate(zip(widths, counts)):
        strided = (index < 3) if stride_last else (index > 0)
        at = count - 1 if stride_last else 0
        units = []
        for number in range(count):
            units.append(unit(channels, width, 2 if strided and number == at else 1))
            channels = width
        blocks.append(units)
    stem = [conv(3, 64, 7, 2), nn.MaxPool2d(3, 2, 1)]
    first = [layer for block in blocks[:3] for layer in block]
    if stride_last:  # features of stride 16 are those before the unit that strides
        return stem + first[:-1], [first[-1]] + blocks[3]
    return stem + first, blocks[3]


def mobilenet_v1():
    units = [(1, 64), (2, 128), (1, 128), (2, 256), (1, 256), (2, 512)] + [(1, 512)] * 5 + [
        (2, 1024), (1, 1024)]
    layers, channels = [conv(3, 32, 3, 2, activation=nn.ReLU6)], 32
    for stride, width in units:
        layers += [conv(channels, channels, 3, stride, channels, nn.ReLU6),
                   conv(channels, width, activation=nn.ReLU6)]
        channels = width
    return layers[:23], layers[23:]


def mobilenet_v2():
    groups = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1),
              (6, 160, 3, 2), (6, 320, 1, 1)]
    layers, channels = [conv(3, 32, 3, 2, activation=nn.ReLU6)], 32
    for expansion, width, repeats, stride in groups:
        for repeat in range(repeats):
            layers.append(Inverted(channels, width, stride if repeat == 0 else 1, expansion))
            channels = width
    return layers[:14], layers[14:] + [conv(320, 1280, activation=nn.ReLU6)]


def inception_v1():
    pool = nn.MaxPool2d(3, 2, 1)
    first = [conv(3, 64, 7, 2), pool, conv(64, 64), conv(64, 192, 3), pool,
             Inception(192, 64, 96, 128, 16, 32, 32), Inception(256, 128, 128, 192, 32, 96, 64),
             pool,
             Inception(480, 192, 96, 208, 16, 48, 64), Inception(512, 160, 112, 224, 24, 64, 64),
             Inception(512, 128, 128, 256, 24, 64, 64), Inception(512, 112, 144, 288, 32, 64, 64),
             Inception(528, 256, 160, 320, 32, 128, 128)]
    return first, [nn.MaxPool2d(2, 2), Inception(832, 256, 160, 320, 32, 128, 128),
                   Inception(832, 384, 192, 384, 48, 128, 128)]


def vgg_16():
    first, channels = [], 3
    for repeats, width in [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)]:
        block = []
        for _ in range(repeats):
            block += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(inplace=True)]
            channels = width
        first.append(block + [nn.MaxPool2d(2, 2)])
    head = [nn.Conv2d(512, 4096, 7, padding=3), nn.ReLU(inplace=True), nn.Dropout(.5),
            nn.Conv2d(4096, 4096, 1), nn.ReLU(inplace=True), nn.Dropout(.5)]
    return sum(first[:4], []), first[4] + head


#: name: (layers to stride 16, layers to stride 32), and the channels of both.
NETS = {
    "vgg_16": (vgg_16, 512, 4096),
    "inception_v1": (inception_v1, 832, 1024),
    "resnet_v1_18": (lambda: resnet(Basic, (64, 128, 256, 512), (2, 2, 2, 2), False), 256, 512),
    "resnet_v1_50": (lambda: resnet(Bottleneck, (256, 512, 1024, 2048), (3, 4, 6, 3), True),
                     1024, 2048),
    "mobilenet_v1": (mobilenet_v1, 512, 1024),
    "mobilenet_v2": (mobilenet_v2, 96, 1280),
}


class Fcn16(nn.Module):
    """Scores of stride 32 and 16, added; bilinear to the image."""

    def __init__(self, name):
        super().__init__()
        make, channels16, channels32 = NETS[name]
        first, rest = make()
        self.to16, self.to32 = nn.Sequential(*first), nn.Sequential(*rest)
        self.score16 = nn.Conv2d(channels16, CLASSES, 1)
        self.score32 = nn.Conv2d(channels32, CLASSES, 1)

    def forward(self, images):
        features16 = self.to16(images / 127.5 - 1)
        coarse = self.score32(self.to32(features16))
        net = F.interpolate(coarse, scale_factor=2, mode="bilinear") + self.score16(features16)
        return F.interpolate(net, scale_factor=16, mode="bilinear")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--basenet", required=True, choices=sorted(NETS))
    parser.add_argument("--pixels", type=int, default=256)
    parser.add_argument("--batch_size", type=int, default=8)
    parser.add_argument("--precision", choices=("float32", "mixed"), default="float32")
    args = parser.parse_args()
    torch.manual_seed(1)
    shape = (args.batch_size, 3, args.pixels, args.pixels)
    images = (torch.rand(shape) * 255).to(memory_format=torch.channels_last)
    labels = torch.randint(0, CLASSES, (args.batch_size, args.pixels, args.pixels))
    net = Fcn16(args.basenet).to(memory_format=torch.channels_last).train()
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
    speak.serve(step, f"PyTorch {torch.__version__}", args.batch_size)


if __name__ == "__main__":
    main()
