from typing import Any

import numpy as np
from numpy.typing import NDArray

def sum_up(
    item_pk: NDArray[np.int64],
    at: NDArray[np.int64],
    kind: NDArray[np.uint8],
    quantity: NDArray[np.float32],
    value: NDArray[np.float32],
    place: NDArray[np.int32],
    now: int,
    known: NDArray[np.int64],
    core_of: NDArray[np.int32],
) -> tuple[Any, ...]: ...
