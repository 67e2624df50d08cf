"""Access and portability: everything that is held of a person as a ZIP, encrypted on disk until it expires."""

from __future__ import annotations

import datetime as dt
import html
import io
import re
import uuid
import zipfile
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.text import slugify

from tenants import audit, vault
from tenants.crypto import Unreadable, seal, unseal
from tenants.models import Tenant
from tenants.scope import Scope

from ..models import Bundle, SubjectRequest
from ..registry import Person, stores
from .problems import Refused

LIFE = dt.timedelta(days=14)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?")


class Closed(Exception):
    """The request was closed while its export was made, because the person was erased."""


def make_bundle(scope: Scope, request: SubjectRequest, person: Person) -> Bundle:
    """Collect from all stores, zip, seal, write. The bundle that is there already stays. Raises `Closed`."""
    there = Bundle.objects.filter(request=request).first()
    if there is not None:
        return there
    found = {store.name: list(store.export(person)) for store in stores()}
    found = {name: rows for name, rows in found.items() if rows}
    content = _zipped(scope, request, found)
    number = uuid.uuid4()
    with transaction.atomic():
        # An erasure closes the request before it looks for exports: it finds this one, or this one is never made.
        if not SubjectRequest.objects.select_for_update().get(pk=request.pk).is_open:
            raise Closed
        key = vault.person_keys(scope.tenant_id, [number.bytes])[number.bytes]
        # The file first: a row without its file would be a promise that can't be kept.
        path = file_of(scope.schema, number)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_bytes(seal(key, content, number.bytes))
        path.chmod(0o600)
        return Bundle.objects.create(
            id=number,
            request=request,
            person_blinds=list(person.blinds),
            size=len(content),
            rows=sum(map(len, found.values())),
            expires_at=timezone.now() + LIFE,
        )


def download(scope: Scope, bundle: Bundle, *, actor: str) -> bytes:
    """The ZIP; raises `Refused` once it has expired."""
    if bundle.expires_at <= timezone.now():
        raise Refused(
            "expired", "This export has expired and was deleted. Record a new request for another one."
        )
    key = vault.existing_person_keys(scope.tenant_id, [bundle.pk.bytes]).get(bundle.pk.bytes)
    try:
        if key is None:
            raise FileNotFoundError
        content = unseal(key, file_of(scope.schema, bundle.pk).read_bytes(), bundle.pk.bytes)
    except (FileNotFoundError, Unreadable) as error:
        raise Refused(
            "expired", "This export is no longer there. Record a new request for another one."
        ) from error
    with transaction.atomic():
        bundle.downloads += 1
        bundle.save(update_fields=["downloads"])
        audit.record("export downloaded", f"request:{bundle.request_id}", actor, times=bundle.downloads)
    return content


def delete_bundle(scope: Scope, bundle: Bundle) -> None:
    """Key first: from then on the file is noise, also in a backup."""
    vault.destroy_person_keys(scope.tenant_id, [bundle.pk.bytes])
    file_of(scope.schema, bundle.pk).unlink(missing_ok=True)
    bundle.delete()


def expire_bundles(scope: Scope) -> int:
    found = list(Bundle.objects.filter(expires_at__lte=timezone.now()))
    for bundle in found:
        delete_bundle(scope, bundle)
    return len(found)


def file_of(schema: str, number: uuid.UUID) -> Path:
    return Path(settings.EXPORT_ROOT) / schema / f"{number}.zip.sealed"


def _zipped(scope: Scope, request: SubjectRequest, found: dict[str, list[dict[str, Any]]]) -> bytes:
    merchant = Tenant.objects.get(pk=scope.tenant_id).name
    files = {name: f"data/{slugify(name)}.json" for name in found}
    index = render_to_string(
        "compliance/export/index.html",
        {
            "merchant": merchant,
            "request": request,
            "made_at": timezone.now(),
            "parts": [
                {"name": name, "file": files[name], "rows": len(rows), "table": _table(rows[:200])}
                for name, rows in found.items()
            ],
        },
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index.html", index)
        for name, rows in found.items():
            archive.writestr(files[name], orjson.dumps(rows, default=str, option=orjson.OPT_INDENT_2))
    return target.getvalue()


def _table(rows: list[dict[str, Any]]) -> str:
    """Rows as an HTML table that a person can read; what is nested is shown as its own lines."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    head = "".join(
        f"<th scope=col>{html.escape(name.replace('_', ' ').capitalize())}</th>" for name in columns
    )
    body = "".join(
        "<tr>" + "".join(f"<td>{_cell(row.get(name))}</td>" for name in columns) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: Any) -> str:
    if value is None or value == "" or value == {} or value == []:
        return "–"
    if isinstance(value, dict):
        return "<br>".join(f"<b>{html.escape(str(k))}</b>: {_cell(v)}" for k, v in value.items())
    if isinstance(value, list):
        return "<br>".join(_cell(part) for part in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        small = 0 < abs(value) < 0.01
        return f"{value:.2g}" if small else f"{value:,.2f}".removesuffix(".00")
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return html.escape(_moment(value))
    return html.escape(str(value))


def _moment(value: str) -> str:
    try:
        at = dt.datetime.fromisoformat(value)
    except ValueError:  # it looks like one, and is none: 2026-13-45T99:00
        return value
    return f"{at.astimezone(dt.UTC):%-d %B %Y, %H:%M} UTC" if at.tzinfo else f"{at:%-d %B %Y, %H:%M}"
