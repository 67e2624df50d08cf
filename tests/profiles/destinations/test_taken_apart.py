"""Two who were taken for one are told apart again in files that were written meanwhile, and erased apart."""

from __future__ import annotations

import pytest

from profiles.destinations.models import ExportFile
from profiles.identity.unmerge import unmerge
from tenants.crypto import blind_index
from tenants.db import tenant_connection
from tenants.workspace.models import Delivery

from ..conftest import event, viewed


@pytest.fixture
def two_as_one(committed, destination, send, process, export, shopper):
    """u1 viewed i0; visitor a1 viewed i1; they became one, and the visitor viewed i2. All of it was exported then."""
    destination(streams=("events", "interactions", "merges"))
    export(1)  # what comes from now on is no history
    send(viewed("u1", "i0"), viewed(item="i1", anonymousId="a1"))
    process()
    export()
    send(event("identify", userId="u1", anonymousId="a1"))
    process()
    send(viewed(item="i2", anonymousId="a1"))
    process()
    export()
    return shopper("u1")


def owners(lake):
    return dict(lake("SELECT item, profile FROM {interactions}"))


def test_rows_get_the_right_pseudonym_again(two_as_one, scope, export, lake, shopper):
    kept = two_as_one
    assert owners(lake)["i2"] == str(kept.uuid)
    visitor = blind_index(scope.tenant_id, "anonymous_id", "a1")
    unmerge(scope, kept.pk, {visitor}, actor="owner")
    export()
    restored = shopper("a1", "anonymous_id")
    assert owners(lake) == {"i0": str(kept.uuid), "i1": str(restored.uuid), "i2": str(restored.uuid)}
    of_events = dict(
        lake("SELECT properties ->> 'product_id', profile FROM {events} WHERE name = 'Product Viewed'")
    )
    assert of_events == owners(lake)
    assert lake("SELECT count(*), count(DISTINCT event_id) FROM {events}") == [(4, 4)]
    with tenant_connection(scope.schema):
        one = Delivery.objects.get(stream="separated")
        assert (one.state, one.rows) == ("sent", 2)
        theirs = ExportFile.objects.filter(table="interactions", profile_ids__contains=[restored.pk])
        assert sum(theirs.values_list("rows", flat=True)) >= 2


def test_again_it_changes_nothing(two_as_one, scope, export, lake):
    unmerge(scope, two_as_one.pk, {blind_index(scope.tenant_id, "anonymous_id", "a1")}, actor="owner")
    export()
    before = owners(lake)
    with tenant_connection(scope.schema):
        Delivery.objects.filter(stream="separated").update(state="waiting", lease_until=None)
    export()
    with tenant_connection(scope.schema):
        assert Delivery.objects.get(stream="separated").rows == 0
    assert owners(lake) == before
