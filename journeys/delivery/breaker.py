"""An endpoint that does not answer is left alone for a while, so that it costs a batch nothing to find it away."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

FAILURES = 5
OPEN_SECONDS = 30.0


@dataclass(slots=True)
class _State:
    failures: int = 0
    open_until: float = 0.0


_states: dict[str, _State] = {}
_lock = threading.Lock()


def is_open(name: str) -> bool:
    """Whether nobody should call the endpoint now. After the pause one call may try; its failure opens it again."""
    state = _states.get(name)
    return state is not None and time.monotonic() < state.open_until


def succeeded(name: str) -> None:
    with _lock:
        _states.pop(name, None)


def failed(name: str) -> None:
    with _lock:
        state = _states.setdefault(name, _State())
        state.failures += 1
        if state.failures >= FAILURES:
            state.open_until = time.monotonic() + OPEN_SECONDS


def forget() -> None:
    with _lock:
        _states.clear()
