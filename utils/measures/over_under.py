"""ARMBench's rule of over- and under-segmentation, on pairs of regions that share pixels. numpy
only."""
import numpy as np


def lies_within(shared: np.ndarray, area: np.ndarray) -> np.ndarray:
    """Tells where shared pixels are more than 80 % of an area; exactly 80 % are not."""
    return 5 * np.asarray(shared, np.int64) > 4 * np.asarray(area, np.int64)


def count_parts(whole: np.ndarray, part_area: np.ndarray, shared: np.ndarray,
                wholes: int) -> np.ndarray:
    """Counts the regions that lie in each region with more than 80 % of their own pixels.

    A true region with two or more predicted parts is over-segmented, a predicted one with two or
    more true parts under-segmented (Tensorleap-hub/armbench, utils/ioa_utils.py).

    Args:
      whole, part_area, shared: int [pairs], the region that may be in parts, the area of the part,
        and the pixels that the two share.
      wholes: number of regions.

    Returns:
      int64 [wholes].
    """
    return np.bincount(whole[lies_within(shared, part_area)], minlength=wholes)
