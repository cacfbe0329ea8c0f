"""Names of types in the signatures of this package. Shapes stand in the docstrings."""
from typing import Callable, Hashable, Optional, Sequence, Union

import numpy as np

#: A number per run, or per whatever the docstring says.
Numbers = Union[Sequence[float], np.ndarray]
#: A number, or an array of them; arrays broadcast.
NumberOrArray = Union[float, np.ndarray]
#: The scene, video or city of each image; None where images are independent.
Clusters = Optional[Union[Sequence[Hashable], np.ndarray]]
#: The score of a `miou.Metric`: [..., P] -> [...].
Score = Callable[[np.ndarray], np.ndarray]
#: A random seed, or a state that goes on.
Seed = Union[int, np.random.RandomState]
