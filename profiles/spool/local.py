"""This host's spool, as the settings name it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from .folder import Spool


def local_spool() -> Spool:
    """The spool of this host; one object a process."""
    return _spool(str(settings.SPOOL_ROOT), settings.SPOOL_BYTES)


@lru_cache(maxsize=4)
def _spool(folder: str, limit: int) -> Spool:
    return Spool(Path(folder), limit)
