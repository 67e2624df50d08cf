"""Files fetched from elsewhere, in turns: what has come lies sealed, and the rest is asked for by range.

A worker that is killed, or a connection that breaks, costs the last mebibyte. A file that changed meanwhile, or a server
that can't send the rest, begins anew. When all of it is there it is unpacked and looked at as an upload is.
"""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from tenants import audit, credentials
from tenants.connectors import retry
from tenants.connectors.base import Trouble
from tenants.crypto import Unreadable
from tenants.due import mark_due
from tenants.locks import alone
from tenants.scope import Scope
from tenants.workspace.models import ConnectorCredential

from .files import BLOCK, Gone, SealedWriter, destroy, open_sealed
from .models import Import
from .readers import BadFile
from .receive import arrived, kept, shown_name, too_large
from .sources.base import Opened, Source
from .sources.registry import BadSource, source_of

log = structlog.get_logger("attune.imports")

QUEUE = "fetches"
VENDOR = "import"
TURN_SECONDS = 10.0
# A server that can't send the rest has to send all of it at once.
WHOLE_SECONDS = 900.0
# What is slow gets this much more, for at least a block of the file.
GRACE_SECONDS = 60.0
MOST_ATTEMPTS = 8
# How often progress is written down.
_NOTED_SECONDS = 1.0
FETCHING = Import.Status.FETCHING


def begin(scope: Scope, key: str, said: dict[str, Any], *, kind: str, actor: str, name: str = "") -> Import:
    """A file that a worker fetches. Raises `BadSource`, or `BadFile` for a kind that there is not."""
    source = source_of(key, said)
    if kind not in Import.Kind.values:
        raise BadFile(f"A file holds {', '.join(Import.Kind.values)}; not “{kind[:20]}”.")
    with transaction.atomic():
        row = Import.objects.create(
            name=shown_name(name or source.name),
            kind=kind,
            status=FETCHING,
            source=key,
            place=source.shown[:200],
            size=0,
            end=0,
            since=timezone.now(),
            created_by=actor,
        )
        values = {one.name: getattr(source, one.name) for one in source.fields}
        credentials.keep(scope.tenant_id, VENDOR, str(row.uuid), values)
        audit.record("file asked for", f"import:{row.pk}", actor, kind=kind, source=key)
        go(scope)
    return row


def go(scope: Scope) -> None:
    """Inside the transaction that makes a file wait to be fetched."""
    mark_due(connection.cursor(), scope.tenant_id, QUEUE)
    transaction.on_commit(lambda: _hint(scope.schema))


def run_turn(scope: Scope, seconds: float = TURN_SECONDS) -> str:
    """Fetch for about so long, one worker at a time: "nothing" is to be fetched, "more" now, or "wait"."""
    deadline = time.monotonic() + seconds
    with alone(f"{scope.schema}:fetches") as mine:
        while mine and time.monotonic() < deadline:
            now = timezone.now()
            waiting = Import.objects.filter(status=FETCHING)
            found = waiting.filter(Q(retry_at=None) | Q(retry_at__lte=now)).order_by("since", "pk").first()
            if found is None:
                later = waiting.order_by("retry_at").values_list("retry_at", flat=True).first()
                if later is None:
                    return "nothing"
                with connection.cursor() as cursor:
                    mark_due(cursor, scope.tenant_id, QUEUE, later)
                return "wait"
            try:
                if _fetch(scope, found, deadline):
                    _arrive(scope, found)
            except Trouble as trouble:
                log.warning("a file could not be fetched", import_id=found.pk, error=str(trouble))
                _troubled(found.pk, trouble)
            except (BadFile, Unreadable) as error:
                _refuse(scope, found.pk, str(error) or "The file can't be read.")
            except Gone:  # an erasure took what had come: it comes again
                Import.objects.filter(pk=found.pk).update(position=0, tag="")
    return "more" if mine else "wait"


def _fetch(scope: Scope, found: Import, deadline: float) -> bool:
    """Whether all of it is there."""
    with SealedWriter(scope, found.fetched_as, go_on=True) as writer:
        if found.end and writer.size >= found.end:
            return True
        if not found.tag:
            writer.begin_anew()
        seconds = max(0.0, deadline - time.monotonic()) + GRACE_SECONDS
        source = _source(scope, found)
        with source.open(writer.size, found.tag, WHOLE_SECONDS if not found.tag else seconds) as opened:
            if opened.start != writer.size:
                writer.begin_anew()
            if opened.start != writer.size:
                raise Trouble("The server sent another part of the file than was asked for.", permanent=True)
            _check_size(opened.total or 0)
            found.tag = opened.tag if opened.resumable else ""
            found.end = opened.total or 0
            if not _take(found, writer, opened, deadline):
                return False
        if opened.total is not None and writer.size != opened.total:
            raise Trouble("The file broke off.")
        writer.close()
        found.end = writer.size
        _note(found, writer.size)
    return True


def _take(found: Import, writer: SealedWriter, opened: Opened, deadline: float) -> bool:
    """Keep what comes; False when it is to be gone on with later, or not at all."""
    noted, begun = 0.0, writer.size
    for piece in opened.pieces:
        writer.write(piece)
        _check_size(writer.size)
        if opened.resumable and writer.size - begun >= BLOCK:
            found.attempts = 0  # it gets on, if only piece by piece
        now = time.monotonic()
        if now - noted > _NOTED_SECONDS:
            noted = now
            if not _note(found, writer.size):
                return False
        # Less than a block would be lost, and a slow server never get anywhere.
        if opened.resumable and now > deadline and writer.size - begun >= BLOCK:
            _note(found, writer.size)
            return False
    return True


def _check_size(size: int) -> None:
    if size > settings.IMPORT_MOST_BYTES:
        raise too_large()


def _note(found: Import, position: int) -> bool:
    """Whether it is still wanted."""
    return bool(
        Import.objects.filter(pk=found.pk, status=FETCHING).update(
            position=position,
            end=found.end,
            tag=found.tag,
            attempts=found.attempts,
            retry_at=None,
            error="",
            moved_at=timezone.now(),
        )
    )


def _arrive(scope: Scope, found: Import) -> None:
    """Unpack what was fetched and make a draft of it, as of an upload. Doing it twice is harmless."""
    with open_sealed(scope, found.fetched_as, found.end) as file:
        size, digest = kept(scope, found.uuid, file)
    try:
        layout, end = arrived(scope, found.uuid, size, found.name, found.kind)
        with transaction.atomic():
            row = Import.objects.select_for_update().get(pk=found.pk)
            wanted = row.status == FETCHING
            if wanted:
                row.layout, row.size, row.end, row.digest = layout.as_json(), size, end, digest
                row.status, row.position, row.error = Import.Status.DRAFT, 0, ""
                # A draft's week begins when there is something to look at.
                row.since = row.moved_at = None
                row.created_at = timezone.now()
                row.save()
                audit.record("file fetched", f"import:{row.pk}", "system", kind=row.kind, bytes=size)
    except BaseException:
        destroy(scope, found.uuid)
        raise
    if not wanted:
        destroy(scope, found.uuid)
    forget(scope, found)


def forget(scope: Scope, found: Import) -> None:
    """What was fetched, and how: nobody needs them any more. Running it twice is harmless."""
    if found.source:
        destroy(scope, found.fetched_as)
        ConnectorCredential.objects.filter(vendor=VENDOR, name=str(found.uuid)).delete()


def _source(scope: Scope, found: Import) -> Source:
    kept_one = ConnectorCredential.objects.filter(vendor=VENDOR, name=str(found.uuid)).first()
    if kept_one is None:
        raise Trouble("Where the file is was forgotten: ask for it again.", permanent=True)
    try:
        return source_of(found.source, credentials.read(scope.tenant_id, kept_one))
    except BadSource as error:  # what was allowed then is not any more
        raise Trouble(str(error), permanent=True) from error


def _troubled(pk: int, trouble: Trouble) -> None:
    """Try again later, or leave it to a person: who resumes it tries again at once."""
    with transaction.atomic():
        row = Import.objects.select_for_update().get(pk=pk)
        if row.status != FETCHING:
            return
        row.attempts += 1
        row.error = str(trouble)[:300]
        if trouble.permanent or trouble.settings or row.attempts >= MOST_ATTEMPTS:
            row.status, row.retry_at = Import.Status.PAUSED, None
        else:
            row.retry_at = timezone.now() + _pause(row.attempts, trouble)
        row.save(update_fields=["status", "attempts", "error", "retry_at"])


def _pause(attempts: int, trouble: Trouble) -> dt.timedelta:
    return retry.pause(attempts, trouble.retry_after)


def _refuse(scope: Scope, pk: int, why: str) -> None:
    with transaction.atomic():
        row = Import.objects.select_for_update().get(pk=pk)
        if row.status != FETCHING:
            return
        row.status, row.error, row.finished_at = Import.Status.FAILED, why[:300], timezone.now()
        row.save()
        audit.record("import stopped", f"import:{pk}", "system", taken=0)
    forget(scope, row)


def _hint(schema: str) -> None:
    from .tasks import hint_fetch

    hint_fetch(schema)
