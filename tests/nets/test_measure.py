"""Counts beside published figures; a measurement of a net of a few weights."""
import pytest

from archs.extractors import get_extractor
from tests.nets import builders
from utils.nets import measure, memory
from utils.nets.net import Speed, make_net
from utils.nets.survey import Survey
from utils.tf_compat import slim
from utils.train.cost import net_cost


def _net(**flags):
    return make_net("FCN16", 3, dict({"pixels": "8x12", "batch_size": 2}, **flags))


#: extractor: (millions of trainable parameters with 1000 classes, 1e9 multiply-adds at 224 px).
#: torchvision's documentation has 138357544, 11689512, 21797672 and 25557032 parameters and 15.47,
#: 1.81, 3.66 and (with the stride elsewhere, see below) 4.09 GMAC for the first four. The MobileNets:
#: 569 and 300 million multiply-adds (arXiv 1704.04861, table 4; 1801.04381, table 4).
'''
'''
