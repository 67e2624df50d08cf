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
