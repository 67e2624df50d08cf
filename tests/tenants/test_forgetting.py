"""What a process remembers of persons goes when another one says that somebody was erased."""

import psycopg
import pytest
from django.db import connection, transaction

from tenants import forgetting, redis, vault
from tenants.tokens import _verified, sign_shopper_token, verified_user_id

pytestmark = pytest.mark.usefixtures("committed")
HANDLE = b"h" * 16


@pytest.fixture
def remembered(tenant):
    """This process remembers a key and who a token names."""
    with transaction.atomic():
        vault.person_keys(tenant.pk, [HANDLE])
    verified_user_id(tenant.pk, sign_shopper_token(tenant, "u1"))
    assert forgetting.confirm()
    assert HANDLE in vault.existing_person_keys(tenant.pk, [HANDLE])


def another_process(*, destroys: bytes) -> None:
    """What an erasure in another process leaves: the key gone, the number moved and published."""
    to = connection.settings_dict
    with psycopg.connect(dbname=to["NAME"], host=to["HOST"], port=to["PORT"], user=to["USER"]) as other:
        other.execute("DELETE FROM public.tenants_personkey WHERE handle = %s", [destroys])
        ((number,),) = other.execute(f"SELECT nextval('{forgetting.SEQUENCE}')").fetchall()
    redis.raw_client().set(forgetting.KEY, number)


def test_an_erasure_elsewhere_is_heard(tenant, remembered):
    another_process(destroys=HANDLE)
    assert forgetting.confirm()
    assert vault.existing_person_keys(tenant.pk, [HANDLE]) == {}
    assert not _verified


def test_the_very_first_erasure_moves_the_number():
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER SEQUENCE {forgetting.SEQUENCE} RESTART")
    before = forgetting._in_database()
    with transaction.atomic():
        forgetting.everywhere()
    assert forgetting._in_database() == before + 1


def test_without_an_erasure_nothing_is_dropped(tenant, remembered):
    assert forgetting.confirm()
    assert (tenant.pk, HANDLE) in vault._cache


def test_a_memory_that_nobody_can_confirm_is_not_used(tenant, remembered, monkeypatch):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM public.tenants_personkey WHERE handle = %s", [HANDLE])
    monkeypatch.setattr(forgetting, "_read", lambda: None)
    monkeypatch.setattr(forgetting, "TRUST_SECONDS", -1)
    assert not forgetting.confirmed()
    assert vault.existing_person_keys(tenant.pk, [HANDLE]) == {}


def test_a_valkey_that_lost_the_number_is_told_the_databases(tenant, remembered):
    redis.raw_client().delete(forgetting.KEY)
    assert forgetting.confirm()
    assert int(redis.raw_client().get(forgetting.KEY)) == forgetting._in_database()
