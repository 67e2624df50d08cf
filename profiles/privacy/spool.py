"""Events on this host's disk: those that wait, and those that were set aside.

They are sealed with the tenant's key, so that destroying a person's key does not hide them. What waits is drained first,
through the door; then what the person is named in is deleted like everything else, and the door refuses what comes later.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from compliance.registry import Person
from tenants.crypto import Unreadable, blind_index
from tenants.db import is_away

from ..spool import aside
from ..spool.drain import drain
from ..spool.folder import Spool
from ..spool.frames import Frame
from ..spool.local import local_spool
from ..spool.locks import Busy
from ..spool.records import Record, from_frame

_WHO = (
    ("userId", "user_id"),
    ("anonymousId", "anonymous_id"),
    ("previousId", "user_id"),
    ("groupId", "group_id"),
)


def erase(person: Person) -> int:
    """Drain what waits, and delete the records set aside that name the person; how many of these."""
    spool = local_spool()
    if spool.waiting():
        _drain(spool)
    named = [path for path, frame in _aside(spool, person) if _names(frame, person)]
    for path in named:
        path.unlink(missing_ok=True)
    return len(named)


def verify(person: Person) -> int:
    """How many records on this host's disk name the person."""
    spool = local_spool()
    frames = [frame for _, frame in _aside(spool, person)]
    parts, _ = spool.peek() if spool.waiting() else ([], None)
    frames += [part for part in parts if isinstance(part, Frame) and part.tenant_id == person.scope.tenant_id]
    return sum(_names(frame, person) for frame in frames)


def _drain(spool: Spool) -> None:
    try:
        drain(spool)
    except Busy:
        return  # a web process is at it; `verify` sees whether it is done
    except Exception as error:
        if not is_away(error):
            raise


def _aside(spool: Spool, person: Person) -> Iterable[tuple[Path, Frame]]:
    tenant_id = person.scope.tenant_id
    return [(path, frame) for path, frame in aside.records(spool.folder) if frame.tenant_id == tenant_id]


def _names(frame: Frame, person: Person) -> bool:
    try:
        record = from_frame(frame)
    except (Unreadable, msgspec.MsgspecError):
        return False  # nobody can read it
    blinds = set(person.blinds)
    return any(blind in blinds for blind in _blinds(person.scope.tenant_id, record))


def _blinds(tenant_id: int, record: Record) -> Iterable[bytes]:
    for raw in record.raws:
        try:
            event = msgspec.json.decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            continue
        if not isinstance(event, dict):
            continue
        for field, kind in _WHO:
            value = event.get(field)
            if isinstance(value, str | int) and str(value).strip():
                yield blind_index(tenant_id, kind, str(value))
                if field == "previousId":
                    yield blind_index(tenant_id, "anonymous_id", str(value))
