"""How long to wait after a failure: exponential, with full jitter.

Method: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015 ("full jitter"): the wait is uniform
between 0 and the bound, so that what failed together is not tried together again.
"""

from __future__ import annotations

import datetime as dt
import random

BASE_SECONDS = 10.0
LONGEST_SECONDS = 3600.0
# With these bounds about half a day, should everything fail; then somebody has to look.
MOST_ATTEMPTS = 18
# Failures one after another, whatever failed: then the destination itself is left alone for a while.
BREAKER_FAILURES = 5
BREAKER_SECONDS = 120.0
# A revoked key or a missing bucket: looked at again this often, and at once when the settings change.
SETTINGS_SECONDS = 900.0


def pause(attempts: int, retry_after: float | None = None) -> dt.timedelta:
    """The wait after the `attempts`-th try (1, 2, …), at least what the vendor asked for."""
    bound = min(LONGEST_SECONDS, BASE_SECONDS * 2 ** min(attempts - 1, 20))
    # Not from 0: a try right after a failure would be wasted.
    seconds = bound / 4 + random.random() * bound * 3 / 4
    return dt.timedelta(seconds=max(seconds, min(retry_after or 0.0, 86_400.0)))


def breaker_pause(failures: int) -> dt.timedelta:
    """How long nobody calls a destination after so many failures one after another; 0 below the limit."""
    if failures < BREAKER_FAILURES:
        return dt.timedelta()
    bound = min(LONGEST_SECONDS, BREAKER_SECONDS * 2 ** min(failures - BREAKER_FAILURES, 10))
    return dt.timedelta(seconds=bound * (0.75 + random.random() / 4))
