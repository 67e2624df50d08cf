"""A bulk of lines, from any source that can be read in pieces."""

from __future__ import annotations

from collections.abc import Iterator

import structlog
from django.utils import timezone
from kombu.exceptions import OperationalError

from tenants import audit

from ..lines import BadItem, ItemInput, parse_line, too_long
from ..models import ImportRun
from ..ndjson import BadBody, Overlong, Readable, chunks, lines
from ..tasks import embed_changed
from .report import Report
from .upsert import Numbered, apply_numbered

log = structlog.get_logger("attune.catalog")


def import_ndjson(
    schema: str, source: Readable, *, gzipped: bool, currency: str, actor: str, label: str = "api"
) -> tuple[ImportRun, Report, BadBody | None]:
    """Read NDJSON to its end: good lines in, bad ones by number.

    Returns the kept run, its report, and what was wrong with the body itself when it could not be read to the end
    (the batches before that stay).
    """
    run = ImportRun.objects.create(source=label)
    report = Report()
    reader = _Reader(source, gzipped)
    try:
        apply_numbered(schema, reader, report, currency=currency)
    finally:
        _finish(run, report, actor)
    request_vectors(schema)
    return run, report, reader.broken


class _Reader:
    """Numbered items of a body. When the body breaks off, what came before is still delivered; see `broken`."""

    def __init__(self, source: Readable, gzipped: bool) -> None:
        self.lines = lines(chunks(source, gzipped=gzipped))
        self.broken: BadBody | None = None

    def __iter__(self) -> Iterator[Numbered]:
        try:
            for number, line in self.lines:
                yield number, _item(line)
        except BadBody as error:
            self.broken = error


def _item(line: bytes | Overlong) -> ItemInput | BadItem:
    if isinstance(line, Overlong):
        return too_long(line.size)
    try:
        return parse_line(line)
    except BadItem as error:
        return error


def _finish(run: ImportRun, report: Report, actor: str) -> None:
    for name, value in report.counts().items():
        setattr(run, name, value)
    run.errors = report.error_list()
    run.finished_at = timezone.now()
    run.save()
    audit.record("catalogue imported", f"import:{run.pk}", actor, **report.counts())


def request_vectors(schema: str) -> None:
    """Ask a worker for content vectors now. Only a hint: the row in the due table gets them made anyway."""
    try:
        embed_changed.apply_async(args=(schema,), retry=False)
    except OperationalError as error:
        log.warning("no broker; vectors wait for the sweep", tenant=schema, error=str(error))
