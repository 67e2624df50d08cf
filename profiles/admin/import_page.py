"""What the page of an import shows: columns and their meaning, the first lines, the check, the progress, the report."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections import Counter
from typing import Any

from django.http import HttpRequest

from tenants import audit
from tenants.scope import Scope

from ..imports import services
from ..imports.fields import FREE, fields_for
from ..imports.layout import Layout
from ..imports.models import Import
from ..imports.progress import pace
from ..imports.receive import same_before
from ..imports.sources.registry import SOURCES
from ..models import DeadLetter
from ..quality import imported
from . import people

TONES = {
    "fetching": "accent",
    "draft": "warn",
    "checking": "accent",
    "running": "good",
    "paused": "warn",
    "done": "good",
    "cancelled": "",
    "failed": "bad",
}
KINDS = (
    ("events", "Events", "What shoppers did: views, carts, searches, e-mails opened. One line an event."),
    ("orders", "Orders", "What shoppers bought. One line an article; lines of an order follow each other."),
    ("profiles", "Profiles", "Who shoppers are: addresses, names, cities. One line a shopper."),
)
ORDERS_OF_DATES = (("ymd", "2025-12-31"), ("dmy", "31.12.2025"), ("mdy", "12/31/2025"))
SHOWN_PROBLEMS = 25
QUALITY_TONES = {"pass": ("good", "Passes"), "warn": ("warn", "Look"), "fail": ("bad", "Fails")}
_FREE_SAID = {"properties": "Property", "traits": "Trait"}


def asking(request: HttpRequest, problems: dict[str, str]) -> dict[str, Any]:
    """The page that asks for a file: uploaded, or fetched from one of the sources. Secrets are not shown again."""
    chosen = request.POST.get("source", "")
    sources = [
        {
            "key": key,
            "label": kind.label,
            "about": kind.about,
            "fields": [
                {
                    "spec": one,
                    "id": f"id_{key}_{one.name}",
                    "name": f"{key}-{one.name}",
                    "value": ""
                    if one.secret and one.kind == "password"
                    else request.POST.get(f"{key}-{one.name}", one.default),
                    "problem": problems.get(one.name, "") if key == chosen else "",
                }
                for one in kind.fields
            ],
        }
        for key, kind in SOURCES.items()
    ]
    return {
        "kinds": KINDS,
        "kind": request.POST.get("kind", KINDS[0][0]),
        "sources": sources,
        "chosen": chosen if chosen in SOURCES else "",
        "loose": [said for name, said in problems.items() if name in ("kind", "source")],
    }


def said_of_source(request: HttpRequest) -> dict[str, str]:
    """The fields of the source that the form chose."""
    prefix = f"{request.POST.get('source', '')}-"
    return {name.removeprefix(prefix): request.POST[name] for name in request.POST if name.startswith(prefix)}


def context(request: HttpRequest, scope: Scope, found: Import) -> dict[str, Any]:
    draft = found.status == Import.Status.DRAFT
    shown: dict[str, Any] = {
        **progress(request, found),
        "kind_said": dict((key, said) for key, _, said in KINDS)[found.kind],
        "before": same_before(found) if found.is_open and found.digest else None,
    }
    if not draft:
        return {**shown, **_report(found)}
    layout = Layout.read(found.layout)
    may_read = may_read_lines(request)
    if may_read:
        audit.record("personal data viewed", f"import:{found.pk}", audit.staff(request.user))
    return {
        **shown,
        "layout": layout,
        "may_read": may_read,
        "columns": _columns(scope, found, layout, may_read),
        "unready": services.unready(found),
        "preview": [_line(made, event) for made, event in services.preview(scope, found)] if may_read else [],
        "zones": sorted(zoneinfo.available_timezones()),
        "date_orders": ORDERS_OF_DATES,
        "kinds": KINDS,
        "check": _check(found.check_report),
        "expires_days": services.DRAFT_DAYS,
        "today": dt.datetime.now(dt.UTC).date(),
    }


def progress(request: HttpRequest, found: Import) -> dict[str, Any]:
    """What changes while it runs or is checked."""
    checking = found.status == Import.Status.CHECKING
    position = found.check_report.get("position", 0) if checking else found.position
    speed = pace(found)
    return {
        "found": found,
        "tone": TONES[found.status],
        "working": found.status in (Import.Status.RUNNING, Import.Status.CHECKING, Import.Status.FETCHING),
        "fetched": not found.has_arrived and bool(found.source),
        "checking": checking,
        "percent": 100 * found.share
        if not checking
        else 100 * min(1.0, position / found.end)
        if found.end
        else 100.0,
        "lines": found.check_report.get("lines", 0) if checking else found.lines,
        "speed": round(speed.lines_per_second) if speed else None,
        "left": _span(speed.seconds_left) if speed else "",
        "may_change": request.user.has_perm("profiles.change_import"),  # type: ignore[union-attr]  # staff
    }


def may_read_lines(request: HttpRequest) -> bool:
    """Lines name people: who may read neither identities nor events sees the columns only."""
    user: Any = request.user
    return bool(user.has_perm(people.READ_IDENTITIES) or user.has_perm("profiles.view_event"))


def submitted(request: HttpRequest, found: Import) -> dict[str, Any]:
    """The form's fields as services.change_layout takes them."""
    names = ("kind", "decimal", "date_order", "time_zone", "event", "as_of")
    fields: dict[str, Any] = {name: request.POST[name] for name in names if name in request.POST}
    layout = Layout.read(found.layout)
    if fields.get("kind", found.kind) == found.kind and not layout.spec:
        fields["mapping"] = {
            column: request.POST.get(f"column-{place}", "") for place, column in enumerate(layout.columns)
        }
    return fields


def _columns(scope: Scope, found: Import, layout: Layout, may_read: bool) -> list[dict[str, Any]]:
    seen = services.examples(scope, found) if may_read else {}
    fields = [(field.name, field.label) for field in fields_for(found.kind)]
    rows = []
    for place, column in enumerate(layout.columns):
        chosen = layout.mapping.get(column, "")
        free = [f"{group}.{_slug(column)}" for group, kinds in FREE.items() if found.kind in kinds]
        if "." in chosen and chosen not in free:
            free.append(chosen)
        own = [(name, f"{_FREE_SAID[name.partition('.')[0]]} “{name.partition('.')[2]}”") for name in free]
        rows.append(
            {
                "place": place,
                "name": column,
                "examples": seen.get(column, []),
                "chosen": chosen,
                "fields": fields,
                "own": own,
            }
        )
    return rows


def _slug(column: str) -> str:
    return "_".join("".join(c if c.isalnum() else " " for c in column.lower()).split()) or "value"


def _line(made: Any, event: dict[str, Any] | None) -> dict[str, Any]:
    """A line as what it becomes, in words."""
    if event is None:
        return {"line": made.line, "problem": made.detail}
    properties = event.get("properties") or event.get("traits") or {}
    products = properties.get("products") if isinstance(properties, dict) else None
    about = [
        f"{name.replace('_', ' ')} {_short(value)}"
        for name, value in properties.items()
        if not isinstance(value, list | dict) and value not in (None, "")
    ]
    if isinstance(products, list):
        about.insert(0, "1 product" if len(products) == 1 else f"{len(products)} products")
    return {
        "line": made.line,
        "name": event.get("event") or event.get("name") or str(event.get("type", "")).capitalize(),
        "who": event.get("userId") or f"Visitor {str(event.get('anonymousId', ''))[:8]}",
        "at": event.get("timestamp"),
        "about": ", ".join(about[:5]),
    }


def _short(value: Any) -> str:
    text = f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return text if len(text) <= 40 else text[:39] + "…"


def _check(report: dict[str, Any]) -> dict[str, Any] | None:
    if not report.get("done"):
        return None
    names = Counter(report.get("names", {})).most_common(8)
    most = names[0][1] if names else 1
    return {
        **report,
        "judged": _judged(report.get("quality", {})),
        "names": [(name, count, 100 * count / most) for name, count in names],
        "reasons": sorted(report.get("reasons", {}).items(), key=lambda pair: -pair[1]),
    }


def _judged(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Expectations of the file, the worst first, with the first lines that fail."""
    return [
        {
            "one": one,
            "tone": QUALITY_TONES[one.state],
            "lines": ", ".join(f"{line:,}" for line in one.lines),
        }
        for one in imported.judged(report)
    ]


def _report(found: Import) -> dict[str, Any]:
    problems = list(found.problems.order_by("line")[:SHOWN_PROBLEMS])
    reasons = (
        Counter(found.problems.values_list("detail", flat=True)[:50_000]) if found.rejected else Counter()
    )
    return {
        "judged": _judged(found.quality),
        "problems": problems,
        "reasons": reasons.most_common(8),
        "letters": DeadLetter.objects.filter(status="open").exists() if problems else False,
    }


def _span(seconds: int) -> str:
    if seconds < 60:
        return "less than a minute"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"about {minutes} minute{'' if minutes == 1 else 's'}"
    return f"about {minutes / 60:.1f} hours"
