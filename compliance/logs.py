"""Log files of this machine: a person's telling identifiers are masked in place.

Redaction keeps them out as lines are written; this is for what slipped through. Letters are overwritten by as many
stars, so that a process which has the file open goes on writing where it was. Logs that were shipped elsewhere are
the log store's to forget: the receipt says so.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from .matching import Needles
from .registry import Person

NOTE = (
    "Log files of this machine were searched. Lines that were shipped to a log store end with its retention."
)


def note(person: Person) -> str:
    return NOTE


def erase(person: Person) -> int:
    """Mask in every log file; how many places."""
    return sum(_each(file, person, mask=True) for file in _files())


def verify(person: Person) -> int:
    return sum(_each(file, person, mask=False) for file in _files())


def _files() -> Iterator[Path]:
    folder = settings.LOG_DIR
    if folder.exists():
        yield from (path for path in sorted(folder.rglob("*")) if path.is_file() and path.stat().st_size)


def _each(file: Path, person: Person, *, mask: bool) -> int:
    needles = Needles.of(person)
    parts = [needles.words] if needles.telling else []
    if needles.numbers:
        parts.append(rf"(?<=[\"'=:\s])(?:{'|'.join(needles.numbers)})(?=[\"',;&\s}}\]]|$)")
    if not parts:
        return 0
    exact = re.compile("|".join(parts).encode(), re.IGNORECASE | re.MULTILINE)
    # A quick look for the letters first: files are long, and names are few.
    anywhere = re.compile(
        "|".join(map(re.escape, [*needles.telling, *needles.numbers])).encode(), re.IGNORECASE
    )
    with file.open("r+b") as stream, mmap.mmap(stream.fileno(), 0) as content:
        places = (exact.match(content, match.start()) for match in anywhere.finditer(content))
        found = [place.span() for place in places if place]
        if mask:
            for start, end in found:
                content[start:end] = b"*" * (end - start)
    return len(found)
