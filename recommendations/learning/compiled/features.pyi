from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

def compute(
    shopper: Any,
    rows: NDArray[np.int32],
    arrays: Mapping[str, np.ndarray],
    place: int,
    gone_start: NDArray[np.int32] | None = None,
    gone: NDArray[np.int32] | None = None,
) -> NDArray[np.float32]: ...
def likeness(
    matrix: NDArray[np.int8], scale: NDArray[np.float32], rows: NDArray[np.int32], person: NDArray[np.float64]
) -> NDArray[np.float32]: ...
def add_up(
    matrix: NDArray[np.int8],
    scale: NDArray[np.float32],
    place: NDArray[np.int32],
    weights: NDArray[np.float32],
    wanted: tuple[int, ...],
) -> NDArray[np.float64]: ...
