"""The operator moves a tenant to another time zone: from a list, and what is counted by the day follows."""

import uuid

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.urls import reverse

from profiles import days
from tenants.models import Tenant

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def move(tenant, settings):
    user = get_user_model().objects.create_superuser(f"op-{uuid.uuid4()}", "op@example.com", "x")
    browser = Client()
    browser.force_login(user)
    address = reverse("admin:tenants_tenant_change", args=[tenant.pk], urlconf=settings.PUBLIC_SCHEMA_URLCONF)
    data = {"name": tenant.name, "plan": tenant.plan_id or "", "currency": tenant.currency}
    yield lambda zone: browser.post(address, {**data, "time_zone": zone}, follow=True)
    with connection.cursor() as cursor:  # other tables of people exist in tenants' schemas only
        cursor.execute("DELETE FROM public.django_admin_log WHERE user_id = %s", [user.pk])
        cursor.execute("DELETE FROM public.workspace_user WHERE id = %s", [user.pk])
    Tenant.objects.filter(pk=tenant.pk).update(time_zone="UTC")
    days.forget()


def due(tenant):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM public.tenants_due WHERE tenant_id = %s AND queue = 'segments'", [tenant.pk]
        )
        return cursor.fetchone()[0]


def test_a_zone_is_chosen_and_counting_is_due(move, tenant):
    answer = move("Australia/Sydney")
    assert "counted again by the days of Australia/Sydney" in answer.content.decode()
    assert Tenant.objects.get(pk=tenant.pk).time_zone == "Australia/Sydney"
    assert due(tenant) == 2


def test_a_zone_that_is_none_is_refused(move, tenant):
    move("Mars/Base")
    assert Tenant.objects.get(pk=tenant.pk).time_zone == "UTC"
    assert due(tenant) == 0
