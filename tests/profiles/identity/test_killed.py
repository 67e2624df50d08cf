"""kill -9 in the middle of an unmerge, of its undo, and of a split by an event: nothing is half, and it can be done again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from django.conf import settings as configured
from django.db import connection

from profiles.identity.models import Cut, IdentityChange, Link
from profiles.identity.unmerge import undo, unmerge
from profiles.models import EventQueue, Identifier, Interaction, Profile
from tenants.crypto import blind_index
from tenants.db import tenant_connection

from ..conftest import event, viewed

pytestmark = pytest.mark.usefixtures("committed")
# The other process ends itself as a kill does, at the call that is named, before or after it.
WORK = """
import os, signal, sys
import django; django.setup()
from importlib import import_module
from tenants.db import tenant_connection
from tenants.keyring import scope_of_tenant
from tenants.models import Tenant
module, name = {place!r}.rsplit(".", 1)
holder = import_module(module)
real = getattr(holder, name)
def dies(*args, **kwargs):
    if not {after}: os.kill(os.getpid(), signal.SIGKILL)
    real(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(holder, name, dies)
from django.conf import settings
settings.EVENT_SUBSCRIBERS = []
scope = scope_of_tenant(Tenant.objects.get(slug="alpha"))
with tenant_connection(scope.schema):
    {what}
sys.exit(3)
"""
PLACES = [
    ("profiles.identity.sorting.move_events", True),
    ("profiles.identity.sorting.move_facts", True),
    ("profiles.identity.rebuild.write", False),
    ("profiles.identity.rebuild.restate_addresses", True),
    ("profiles.identity.regroup._tell", True),
]


def killed(place, after, what):
    url = urlsplit(os.environ["DATABASE_URL"])
    database = url._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    done = subprocess.run(
        [sys.executable, "-c", WORK.format(place=place, after=after, what=what)],
        env={**os.environ, "DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "config.settings.test"},
        cwd=configured.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def state(scope):
    """Everything that a separation touches."""
    with tenant_connection(scope.schema):
        return (
            sorted((p.pk, p.uuid, bytes(p.unit), p.version, str(p.counters)) for p in Profile.objects.all()),
            sorted((bytes(i.blind), i.profile_id) for i in Identifier.objects.all()),
            sorted((i.pk, i.profile_id) for i in Interaction.objects.all()),
            sorted((bytes(k.a), bytes(k.b), k.refused) for k in Link.objects.all()),
            Cut.objects.filter(undone_at=None).count(),
            IdentityChange.objects.count(),
            EventQueue.objects.count(),
        )


def views(scope, profile):
    with tenant_connection(scope.schema):
        profile.refresh_from_db()
        return sum(day.get("iv", 0) for day in profile.counters.values()), profile.interaction_set.count()


@pytest.fixture
def one(send, process):
    send(viewed("u1", "i0"), viewed(item="i1", anonymousId="a1"), viewed(item="i2", anonymousId="a1"))
    send(event("identify", userId="u1", anonymousId="a1", traits={"city": "Oslo"}))
    process()


@pytest.mark.parametrize(("place", "after"), PLACES)
def test_an_unmerge_and_its_undo(one, scope, shopper, place, after):
    known, visitor = shopper("u1"), blind_index(scope.tenant_id, "anonymous_id", "a1")
    before = state(scope)
    killed(
        place, after,
        f"from profiles.identity.unmerge import unmerge; unmerge(scope, {known.pk}, {{{visitor!r}}}, actor='x')",
    )  # fmt: skip
    assert state(scope) == before
    change = unmerge(scope, known.pk, {visitor}, actor="owner")
    assert (views(scope, known), views(scope, shopper("a1", "anonymous_id"))) == ((1, 1), (2, 2))
    apart = state(scope)
    if place != "profiles.identity.regroup._tell":
        return
    killed(place, after, f"from profiles.identity.unmerge import undo; undo(scope, {change.pk}, actor='x')")
    assert state(scope) == apart
    undo(scope, change.pk, actor="owner")
    assert views(scope, shopper("u1")) == (3, 3)
    assert shopper("a1", "anonymous_id") == shopper("u1")


@pytest.mark.parametrize(("place", "after"), PLACES[:-1])
def test_a_split_by_an_event(one, scope, shopper, send, process, place, after):
    # An earlier word, heard late, says that the visitor is somebody else.
    send(
        viewed("u2"),
        event("identify", userId="u2", anonymousId="a1", timestamp="2020-01-01T00:00:00Z"),
    )
    before = state(scope)
    killed(place, after, "from profiles.processing.batches import run_once; run_once(scope)")
    assert state(scope) == before
    process()
    assert shopper("a1", "anonymous_id") == shopper("u2")
    assert (views(scope, shopper("u1")), views(scope, shopper("u2"))) == ((1, 1), (3, 3))
