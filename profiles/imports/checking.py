"""A dry run: what an import would take, leave and refuse, without taking anything."""

from __future__ import annotations

from collections import Counter
from typing import Any

import orjson
from django.db import connection
from django.utils import timezone

from tenants.scope import Scope

from ..ingest import door, wire
from ..ingest.body import MAX_IMPORTED_BYTES
from ..quality import imported
from .models import Import
from .records import Made

EXAMPLES = 20
MOST_NAMES = 12

_SENTENCES = {
    "missing_identity": "The line has neither a user id nor an anonymous id.",
    "missing_event_name": "The line has no event name.",
    "unknown_type": "The type is none of identify, track, page, screen, group, alias.",
    "event_too_large": f"The lines make an event of more than {MAX_IMPORTED_BYTES >> 10} kB.",
    "id_too_long": "An id has more than 500 characters.",
    "invalid_id": "An id holds a NUL, or an invisible character at its beginning or end.",
    "invalid_event": "A field has the wrong type; the dead letter of the line says which.",
}


def said(rejected: wire.Rejected) -> str:
    """Why the door refused a line, without what stood in it: lists of problems hold nothing of a person."""
    return _SENTENCES.get(rejected.reason, "The event can't be taken; its dead letter says more.")


def check_portion(scope: Scope, row: Import, portion: list[Made]) -> None:
    """Add a portion to the row's report; the caller saves nothing else and commits."""
    report = dict(row.check_report)
    good = [made for made in portion if made.event]
    events, rejected = door.judge(
        scope, [made.event for made in good], source="import", received=timezone.now()
    )
    known = _known(scope.schema, {event.key for event in events})
    problems = [(made.line, made.reason, made.detail) for made in portion if not made.event]
    problems += [(good[r.index].line, r.reason, said(r)) for r in rejected]
    refused = {r.index for r in rejected}
    told = [orjson.loads(made.event) for place, made in enumerate(good) if place not in refused]
    repeated = len(events) - len({event.key for event in events})
    report["position"] = portion[-1].end
    report["lines"] = portion[-1].line + portion[-1].lines - 1
    _add(report, "taken", len(events) - repeated - known)
    _add(report, "duplicates", repeated + known)
    _add(report, "rejected", len(problems))
    reasons: Counter[str] = Counter(report.get("reasons", {}))
    reasons.update(detail for _, _, detail in problems)
    report["reasons"] = dict(reasons.most_common(MOST_NAMES * 2))
    report["examples"] = (
        report.get("examples", []) + [[line, detail] for line, _, detail in sorted(problems)]
    )[:EXAMPLES]
    taken = ((made.line, made.event) for place, made in enumerate(good) if place not in refused)
    report["quality"] = imported.add(scope, report.get("quality", {}), taken)
    names: Counter[str] = Counter(report.get("names", {}))
    names.update(_name(event) for event in told)
    report["names"] = dict(names.most_common(MOST_NAMES * 4))
    times = [event["timestamp"] for event in told if isinstance(event.get("timestamp"), str)]
    if times:
        report["first"] = min([*times, report.get("first", times[0])])
        report["last"] = max([*times, report.get("last", times[0])])
        report["future"] = report.get("future", 0) + sum(t > timezone.now().isoformat() for t in times)
    row.check_report = report
    row.save(update_fields=["check_report"])


def _add(report: dict[str, Any], name: str, count: int) -> None:
    report[name] = report.get(name, 0) + count


def _name(event: dict[str, Any]) -> str:
    return str(event.get("event") or event.get("type") or "")[:80]


def _known(schema: str, keys: set[bytes]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT count(*) FROM "{schema}".profiles_messagekey
                WHERE key IN (SELECT encode(k, 'hex')::uuid FROM unnest(%s::bytea[]) AS t(k))""",
            [list(keys)],
        )
        return int(cursor.fetchone()[0])
