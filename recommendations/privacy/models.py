"""Models: artefacts hold numbers by item over all shoppers, and this looks whether that is still so."""

from __future__ import annotations

import datetime as dt
import mmap
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from compliance.matching import Needles
from compliance.registry import Person

TRAINING = "weekly-training"


def erase(person: Person) -> int:
    """Nothing to scrub: no array of an artefact has a row for a shopper (tests/recommendations/test_artefact_privacy.py)."""
    return 0


def verify(person: Person) -> int:
    """Files of the tenant's artefacts in which a mark of the person stands, byte for byte."""
    marks = [blind for blind in person.blinds] + [uuid.bytes for uuid in person.uuids]
    marks += [str(uuid).encode() for uuid in person.uuids]
    return sum(1 for file in _files(person.scope.schema) if _holds(file, marks))


def note(person: Person) -> str:
    moment = next_training(timezone.now())
    said = (
        "Models keep sums by item over all shoppers and no row of any shopper. The next training, without this person, is "
        f"planned for {moment:%d %B %Y, %H:%M} UTC."
    )
    count = _called_so(person)
    if not count:
        return said
    files = "1 file" if count == 1 else f"{count} files"
    return (
        f"{said} In {files} an item is called like an identifier of the person; training anew replaces them."
    )


def _called_so(person: Person) -> int:
    """Files in which a name of the person stands as an item's: events and catalogues name items as they like."""
    needles = Needles.of(person)
    if not needles.telling:
        return 0
    pattern = re.compile(needles.words.encode(), re.IGNORECASE)
    return sum(1 for file in _files(person.scope.schema) if _says(file, pattern))


def next_training(now: dt.datetime) -> dt.datetime:
    """When the schedule trains all tenants next."""
    schedule: Any = settings.CELERY_BEAT_SCHEDULE[TRAINING]["schedule"]
    moment: dt.datetime = now + schedule.remaining_estimate(now)
    # What is left is a moment old when it is added: up to the full minute that the schedule means.
    return (moment + dt.timedelta(seconds=30)).replace(second=0, microsecond=0)


def _files(schema: str) -> Iterator[Path]:
    folder = settings.ARTEFACT_ROOT / schema
    return (path for path in sorted(folder.rglob("*")) if path.is_file()) if folder.exists() else iter(())


def _says(file: Path, pattern: re.Pattern[bytes]) -> bool:
    with file.open("rb") as stream:
        if not file.stat().st_size:
            return False
        with mmap.mmap(stream.fileno(), 0, prot=mmap.PROT_READ) as content:
            return pattern.search(content) is not None


def _holds(file: Path, marks: list[bytes]) -> bool:
    with file.open("rb") as stream:
        if not file.stat().st_size:
            return False
        with mmap.mmap(stream.fileno(), 0, prot=mmap.PROT_READ) as content:
            return any(content.find(mark) >= 0 for mark in marks)
