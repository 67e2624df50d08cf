"""The standing cast: two tenants, `tenant` and its `rival`, with keys; a stranger has none.

A test that asks for `db` runs in a transaction that is rolled back. One whose code commits (workers, threads, other
processes) asks for `committed` instead: both tenants are made anew after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.test.utils import setup_databases, teardown_databases

from compliance.redaction.patterns import HIDDEN, redact_patterns, redact_values
from tenants import audit, keyring, redis, vault
from tenants.db import PUBLIC, tenant_connection, use_schema
from tenants.keys import create_key
from tenants.models import Tenant
from tenants.provisioning import create_tenant, offboard
from tenants.schema_template import migrate_schema, refresh_dump
from tenants.scope import Scope

CAST = {"alpha": "Alpha Grocers", "beta": "Beta Fashion"}


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: Any
) -> Iterator[None]:
    """pytest-django's own looks for the fixture `db` only and would miss `committed`."""
    with django_db_blocker.unblock():
        config = setup_databases(verbosity=0, interactive=False)
        migrate_schema(PUBLIC)
        migrate_schema(settings.TEMPLATE_SCHEMA)
        refresh_dump()
        _make_cast()
    yield
    with django_db_blocker.unblock():
        teardown_databases(config, verbosity=0)


def _make_cast() -> None:
    for slug, name in CAST.items():
        if not Tenant.objects.filter(slug=slug).exists():
            create_tenant(slug, name, hosts=[f"{slug}.localhost"])


def _forget_everything() -> None:
    """What processes remember of tenants: the cast is made anew under the same names, with other rows."""
    from experiments.running import forget_running
    from journeys import running as journeys_running
    from journeys.delivery import breaker
    from journeys.intake import names
    from profiles.arrivals import rules
    from profiles.plan import current
    from profiles.traits import seen
    from recommendations.agents.profile import forget_shoppers
    from recommendations.serving.tenant_state import forget_states

    for forget in (
        keyring.forget, vault.forget_cached_keys, forget_shoppers, forget_states, forget_running,
        journeys_running.forget, names.forget, breaker.forget, current.forget, rules.forget,
        seen.forget,
    ):  # fmt: skip
        forget()


@pytest.fixture(autouse=True)
def clean_slate(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test sees what another one left in Valkey or in this process's memory."""
    if {"db", "committed", "tenant", "rival"} & set(request.fixturenames):
        redis.close()
        redis.raw_client().flushdb()
        _forget_everything()
        yield
        use_schema(PUBLIC)
    else:
        yield


@pytest.fixture(autouse=True)
def audit_names_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test makes the product write into the audit trail: no personal data, not even for the redactor."""
    real = audit.record

    @wraps(real)
    def watched(action: str, target: str, actor: str, **details: Any) -> None:
        said = repr((action, target, actor, details))
        assert not redact_patterns(said).found, f"personal data in the audit trail: {said}"
        assert HIDDEN not in repr(redact_values(details)), f"a personal field in the audit trail: {said}"
        real(action, target, actor, **details)

    monkeypatch.setattr(audit, "record", watched)


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield
        use_schema(PUBLIC)
        for tenant in Tenant.objects.all():
            offboard(tenant, actor="test")
        _make_cast()


@pytest.fixture
def tenant(request: pytest.FixtureRequest) -> Tenant:
    _need_database(request)
    return Tenant.objects.get(slug="alpha")


@pytest.fixture
def rival(request: pytest.FixtureRequest) -> Tenant:
    _need_database(request)
    return Tenant.objects.get(slug="beta")


def _need_database(request: pytest.FixtureRequest) -> None:
    if "committed" not in request.fixturenames:
        request.getfixturevalue("db")


@pytest.fixture
def scope(tenant: Tenant) -> Scope:
    return keyring.scope_of_tenant(tenant)


@pytest.fixture
def inside(tenant: Tenant) -> Iterator[None]:
    """The connection looks into the tenant's schema during the test."""
    with tenant_connection(tenant.schema_name):
        yield


@pytest.fixture
def secret_key(tenant: Tenant) -> str:
    return create_key(tenant=tenant, kind="secret", name="server")[1]


@pytest.fixture
def publishable_key(tenant: Tenant) -> str:
    return create_key(tenant=tenant, kind="publishable", name="browser")[1]


@pytest.fixture
def rival_key(rival: Tenant) -> str:
    return create_key(tenant=rival, kind="secret", name="server")[1]


@pytest.fixture
def api() -> Callable[..., Client]:
    """`api(key)` is an HTTP client that sends the key as a bearer token, to a host that no tenant owns."""

    def client(key: str | None = None, **headers: str) -> Client:
        head = {"authorization": f"Bearer {key}"} if key else {}
        return Client(headers={**head, **headers}, raise_request_exception=False)

    return client
