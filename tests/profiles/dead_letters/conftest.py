"""The door, the worker, and jobs over letters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from profiles.dead_letters import jobs
from profiles.models import DeadLetter, LetterJob
from tenants.db import tenant_connection
from tenants.scope import Scope

from ..conftest import no_hints, no_subscribers, process, rows, send, shopper  # noqa: F401


@pytest.fixture
def job(scope: Scope) -> Callable[..., LetterJob]:
    """`job("replay", edits=…, **filters)` does it to the matching letters, to its end."""

    def run(kind: str, edits: Any = None, **filters: Any) -> LetterJob:
        with tenant_connection(scope.schema):
            made = jobs.begin(scope, DeadLetter.objects.filter(**filters), kind, actor="user:1")
            assert made is not None
            if edits is not None:
                jobs.start(scope, made, actor="user:1", edits=edits)
            while jobs.run_turn(scope):
                pass
            made.refresh_from_db()
            return made

    return run


@pytest.fixture
def statuses(rows: Callable[..., Any]) -> Callable[[], list[str]]:  # noqa: F811
    return lambda: [s for (s,) in rows("SELECT status FROM {s}.profiles_deadletter ORDER BY id")]
