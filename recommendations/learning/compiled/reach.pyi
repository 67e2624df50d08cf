from typing import Any

import numpy as np
from numpy.typing import NDArray

def spread(
    core: NDArray[np.int32],
    weights: NDArray[np.float32],
    start: NDArray[np.int32],
    target: NDArray[np.uint16],
    value: NDArray[np.uint16],
    out: NDArray[np.float64],
) -> None: ...
def pull(
    core: NDArray[np.int32],
    weight: NDArray[np.float32],
    start: NDArray[np.int32],
    target: NDArray[np.uint16],
    value: NDArray[np.uint16],
    wanted: NDArray[np.int32],
    size: int,
    out: NDArray[np.float32],
) -> None: ...
def best(scores: NDArray[Any], limit: int) -> NDArray[np.int64]: ...
def interleave(
    lists: list[NDArray[np.int32]], own: int, banned: NDArray[np.int32], items: int, limit: int
) -> tuple[NDArray[np.int32], NDArray[np.int8]]: ...
