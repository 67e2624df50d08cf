"""A worker is killed in the middle of an erasure: the next one ends it, with the same receipt."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import orjson
import psycopg
import pytest
from django.conf import settings
from django.db import connection

from compliance.models import Receipt, SubjectRequest
from compliance.requests import perform
from compliance.requests.queue import hint
from tenants.db import tenant_connection

from .conftest import track

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.chaos]
SECONDS = 60


@contextmanager
def worker() -> Iterator[subprocess.Popen[bytes]]:
    """A Celery worker of this run's services, looking into the tests' database."""
    url = urlsplit(os.environ["DATABASE_URL"])
    database = url._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    process = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "config", "worker", "--pool", "solo", "--loglevel", "WARNING"],
        env={**os.environ, "DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "config.settings.test"},
        cwd=settings.BASE_DIR,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def until(true) -> None:
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)


@contextmanager
def hold(schema: str, profile_id: int) -> Iterator[None]:
    """Somebody works on the profile's row: the erasure waits there, half of it done."""
    to = connection.settings_dict
    with psycopg.connect(dbname=to["NAME"], host=to["HOST"], port=to["PORT"], user=to["USER"]) as other:
        other.execute(f'SELECT 1 FROM "{schema}".profiles_profile WHERE id = %s FOR UPDATE', [profile_id])
        yield


def counts(request: SubjectRequest) -> dict[str, int]:
    document = orjson.loads(Receipt.objects.get(request=request).document)
    return {part["name"]: part["erased"] for part in document["stores"]} | {
        "keys": document["keys_destroyed"],
        "refused": document["identifiers_refused_from_now_on"],
    }


def test_a_killed_erasure_is_ended_with_the_same_receipt(send, approved, scope):
    from profiles.models import Profile
    from profiles.selectors import find_profile

    for user in ("killed", "spared"):
        send(*(track(user, anonymousId=f"a-{user}") for _ in range(5)), track(user, "Order Completed"))
    spared = approved("spared")
    assert perform.perform(scope, spared.pk)
    request = approved("killed")
    profile = find_profile(scope, "user_id", "killed")

    def done():
        return list(request.steps.filter(state="done", store=True).values_list("name", flat=True))

    with worker() as process:
        with hold(scope.schema, profile.pk):
            hint(scope.schema)
            until(lambda: request.steps.filter(name="Profile, traits and features", state="running").exists())
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        assert "Events" in done()
        assert Profile.objects.filter(pk=profile.pk).exists()
    request.refresh_from_db()
    assert (request.status, request.outcome) == ("running", "")

    with worker(), tenant_connection(scope.schema):
        hint(scope.schema)
        until(lambda: SubjectRequest.objects.get(pk=request.pk).status == "completed")
    assert counts(request) == counts(spared)
    assert counts(request)["Events"] == 6
    assert not Profile.objects.exists()
    assert not perform.perform(scope, request.pk)  # again is harmless
