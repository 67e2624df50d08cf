import numpy as np
from numpy.typing import NDArray

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
