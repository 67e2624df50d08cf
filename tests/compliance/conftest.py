"""A shopper with a life, and officers who may end it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from psycopg import Cursor

from compliance.models import SubjectRequest
from compliance.requests import decide, perform, receive, verify
from profiles.processing.batches import run_once
from tenants.db import tenant_connection
from tenants.models import Tenant
from tenants.scope import Scope
from tenants.workspace.models import User

_numbers = itertools.count()


@pytest.fixture(autouse=True)
def own_folders(settings: Any, tmp_path: Any) -> None:
    settings.LOG_DIR = tmp_path / "log"
    settings.EXPORT_ROOT = tmp_path / "exports"
    settings.ARTEFACT_ROOT = tmp_path / "artefacts"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for other processes where there are none; the test with a real worker doesn't use this."""
    monkeypatch.setattr("compliance.erasure.run.LONGEST_WRITER_SECONDS", 0.2)
    monkeypatch.setattr("compliance.erasure.run.time.sleep", lambda seconds: None)
    monkeypatch.setattr("profiles.ingest.door.hint", lambda schema: None)
    monkeypatch.setattr("compliance.requests.decide.hint", lambda schema: None)


@pytest.fixture
def cursor(tenant: Tenant) -> Iterator[Cursor]:
    """A cursor in the tenant's schema, as workers hold one."""
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        yield cursor


@pytest.fixture
def officers(tenant: Tenant) -> Iterator[tuple[User, User]]:
    with tenant_connection(tenant.schema_name):
        yield make_officer("first"), make_officer("second")


def make_officer(name: str, role: str = "compliance officer") -> User:
    user = User.objects.create_user(name, f"{name}@staff.example", "correct horse battery", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


@pytest.fixture
def send(api: Callable[..., Client], secret_key: str, tenant: Tenant, scope: Scope) -> Callable[..., Any]:
    """`send(event, …)` posts a batch and processes what waits (not with `process=False`)."""

    def post(*events: dict[str, Any], key: str | None = None, process: bool = True) -> Any:
        named = [{"messageId": f"c-{next(_numbers)}", **event} for event in events]
        body = orjson.dumps({"batch": named})
        response = api(key or secret_key).post("/v1/batch", body, content_type="application/json")
        if process:
            with tenant_connection(tenant.schema_name):
                while run_once(scope):
                    pass
        return response

    return post


def track(user: str | None = None, name: str = "Product Viewed", **fields: Any) -> dict[str, Any]:
    who = {"userId": user} if user else {}
    return {"type": "track", "event": name, "properties": {"product_id": "p1"}, **who, **fields}


@pytest.fixture
def asked(scope: Scope, inside: None) -> Callable[..., SubjectRequest]:
    """`asked("u1")`: a request of the kind about this user id."""

    def make(
        value: str = "u1", kind: str = "erasure", identity: str = "user_id", **fields: Any
    ) -> SubjectRequest:
        return receive.receive(
            scope, kind=kind, identities=[(identity, value)], **{"actor": "user:0", **fields}
        )

    return make


@pytest.fixture
def approved(
    scope: Scope, asked: Callable[..., SubjectRequest], officers: tuple[User, User]
) -> Callable[..., SubjectRequest]:
    """`approved("u1")`: verified and approved by as many officers as it needs."""

    def make(*args: Any, apart: bool = False, **fields: Any) -> SubjectRequest:
        request = asked(*args, **fields)
        verify.verify_by_hand(scope, request, method="document", note="passport seen", actor="user:0")
        for officer in officers[: request.approvals_needed]:
            request = decide.approve(scope, request, officer, apart=apart)
        return request

    return make


@pytest.fixture
def performed(scope: Scope, approved: Callable[..., SubjectRequest]) -> Callable[..., SubjectRequest]:
    """`performed("u1")`: all of it, as the worker would."""

    def make(*args: Any, **fields: Any) -> SubjectRequest:
        request = approved(*args, **fields)
        assert perform.perform(scope, request.pk), SubjectRequest.objects.get(pk=request.pk).trouble
        request.refresh_from_db()
        return request

    return make
