"""A default of consent decides for everybody who said nothing: segments follow when it changes."""

from dataclasses import replace

import pytest

from profiles.consent_settings import save_settings, settings_of
from tenants.models import Tenant

from ...profiles.conftest import viewed
from .conftest import all_of, heard


@pytest.fixture
def agreed(live, send, process):
    send(viewed("u1"))
    process()
    return live("Agreed", all_of({"type": "consent", "purpose": "marketing", "granted": True}))


def save(scope, **defaults):
    now = settings_of(Tenant.objects.get(pk=scope.tenant_id))
    return save_settings(scope.tenant_id, replace(now, defaults={**now.defaults, **defaults}), actor="user:1")


@pytest.mark.parametrize("granted", [True, False])
def test_who_said_nothing_enters_or_leaves_and_is_not_greeted(
    streaming, agreed, members, shopper, scope, pass_over, granted
):
    save(scope, marketing=not granted)
    pass_over()
    heard.clear()
    save(scope, marketing=granted)
    pass_over()
    assert members(agreed) == ({shopper("u1").pk} if granted else set())
    assert [(change.entered, change.redefined) for change in heard] == [(granted, True)]
