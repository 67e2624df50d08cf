"""Files to import, as people have them."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from profiles.imports.models import Import
from profiles.imports.receive import receive
from profiles.imports.run import run_turn
from profiles.imports.services import check, start
from tenants.scope import Scope


@pytest.fixture(autouse=True)
def import_folder(settings: Any, tmp_path: Path) -> Path:
    settings.IMPORT_ROOT = tmp_path / "imports"
    return settings.IMPORT_ROOT


@pytest.fixture(autouse=True)
def no_import_hints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("profiles.imports.tasks.hint", lambda schema: None)
    monkeypatch.setattr("profiles.ingest.door.hint", lambda schema: None)
    monkeypatch.setattr("profiles.imports.run.PATIENCE_SECONDS", 0.0)


@pytest.fixture
def upload(scope: Scope, inside: None) -> Callable[..., Import]:
    """`upload("a,b\\n1,2", kind="events")`: the draft of an import."""

    def send(content: str | bytes, kind: str = "events", name: str = "history.csv") -> Import:
        body = content.encode() if isinstance(content, str) else content
        return receive(scope, io.BytesIO(body), name=name, kind=kind, actor="user:1")

    return send


@pytest.fixture
def run(scope: Scope, inside: None) -> Callable[[Import], Import]:
    """Start an import and go through with it."""

    def through(found: Import) -> Import:
        start(scope, found, actor="user:1")
        return finish(scope, found)

    return through


@pytest.fixture
def checked(scope: Scope, inside: None) -> Callable[[Import], Import]:
    def through(found: Import) -> Import:
        check(scope, found, actor="user:1")
        return finish(scope, found)

    return through


def finish(scope: Scope, found: Import) -> Import:
    while run_turn(scope, 5.0) == "more":
        pass
    found.refresh_from_db()
    return found


@pytest.fixture
def stored(scope: Scope, inside: None) -> Callable[[], list[dict[str, Any]]]:
    """The payloads of all events, in the order of their receipt."""
    import orjson

    from profiles.models import Event
    from tenants import vault
    from tenants.crypto import unseal

    def read() -> list[dict[str, Any]]:
        found = []
        for event in Event.objects.order_by("id"):
            handle = bytes(event.handle)
            key = vault.existing_person_keys(scope.tenant_id, [handle])[handle]
            found.append(orjson.loads(unseal(key, bytes(event.payload)))["event"])
        return found

    return read


def waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM profiles_eventqueue")
        return int(cursor.fetchone()[0])
