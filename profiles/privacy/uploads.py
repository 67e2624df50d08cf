"""Uploaded files of history: one that names the person is destroyed, and its import stops.

A file is there only until its import ends. It can't be opened and written anew without its line: what was uploaded is
the merchant's, who is told to send it again without the person. What had been taken of it is in the stores of events.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from django.db import transaction
from django.utils import timezone

from compliance.matching import Needles
from compliance.registry import Person
from tenants import audit
from tenants.crypto import Unreadable

from ..imports.files import Gone, destroy, open_sealed
from ..imports.layout import Layout
from ..imports.models import Import
from ..imports.readers import BadFile, Record, read_records

STOPPED = (
    "Somebody who was erased stood in this file, so it was destroyed. What had been taken stays; "
    "upload the file again without them."
)
_AT_ONCE = 1 << 20


def erase(person: Person) -> int:
    _fetch_anew(person)
    found = list(_naming(person))
    for row in found:
        with transaction.atomic():
            locked = Import.objects.select_for_update().get(pk=row.pk)
            if locked.is_open:
                locked.status, locked.error, locked.finished_at = "failed", STOPPED, timezone.now()
                locked.save()
                audit.record("import stopped", f"import:{row.pk}", "system", because="erasure")
        destroy(person.scope, row.uuid)
    return len(found)


def _fetch_anew(person: Person) -> None:
    """Half of a file can't be searched: what has come of one is destroyed, and comes again after the erasure."""
    for row in Import.objects.exclude(source="").filter(status__in=("fetching", "paused"), layout={}):
        destroy(person.scope, row.fetched_as)
        Import.objects.filter(pk=row.pk).update(position=0, tag="")


def verify(person: Person) -> int:
    return sum(1 for _ in _naming(person))


def _naming(person: Person) -> Iterator[Import]:
    needles = Needles.of(person)
    if not needles.values:
        return
    for row in Import.objects.exclude(status__in=("done", "cancelled", "failed")).exclude(layout={}):
        try:
            if _names(person, row, needles):
                yield row
        except (Gone, Unreadable, BadFile):
            continue  # nobody can read it any more


def _names(person: Person, row: Import, needles: Needles) -> bool:
    layout = Layout.read(row.layout)
    if layout.form != "parquet" and not _anywhere(person, row, needles):
        return False
    identity = {c for c, m in layout.mapping.items() if m in ("user_id", "anonymous_id", "email", "phone")}
    with open_sealed(person.scope, row.uuid, row.size) as file:
        records = read_records(file, layout, 0, 0)
        while portion := list(islice(records, 1000)):
            if any(_in_record(record, identity, needles) for record in portion):
                return True
    return False


def _in_record(record: Record, identity: set[str], needles: Needles) -> bool:
    values = record.values
    if values is None:
        return needles.in_text(record.raw.decode(errors="replace"))
    named = (str(values.get(column) or "").strip().casefold() for column in identity)
    return any(name in needles.values for name in named) or needles.in_value(values)


def _anywhere(person: Person, row: Import, needles: Needles) -> bool:
    """Whether any of the values stands anywhere at all, if only by chance: most files need no closer look."""
    wanted = [value.encode() for value in needles.values]
    longest = max(map(len, wanted))
    with open_sealed(person.scope, row.uuid, row.size) as file:
        kept = b""
        while piece := file.read(_AT_ONCE):
            text = kept + piece.decode(errors="replace").casefold().encode()
            if any(value in text for value in wanted):
                return True
            kept = text[-longest:]
    return False
