import numpy as np
from numpy.typing import NDArray

def add_trees(
    nodes: NDArray[np.void],
    values: NDArray[np.float64],
    start: NDArray[np.int32],
    depth: NDArray[np.int32],
    numbers: NDArray[np.float32],
    lines: NDArray[np.int32],
    raw: NDArray[np.float64],
    first: int,
    last: int,
) -> None: ...
