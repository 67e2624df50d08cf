"""A process that starts while the database is away knows the shops' keys from its host's disk."""

import datetime as dt

import orjson
import pytest

from profiles.spool.drain import drain
from tenants import keyring, redis, reserve, reserve_file
from tenants.keys import create_key
from tenants.models import ApiKey

from .conftest import viewed


@pytest.fixture
def start_anew(spool, committed, secret_key):
    """What every process keeps has been written; `start_anew()` forgets all that this one remembers."""
    keyring.confirm()
    keyring.fill_reserve()

    def start():
        keyring.forget()
        reserve.forget()
        keyring.confirm()
        keyring.fill_reserve_from_disk()

    return start


@pytest.fixture
def post(api, secret_key):
    def post(key=secret_key, host=None):
        body = orjson.dumps({"batch": [viewed("u1")]})
        head = {"HTTP_HOST": host} if host else {}
        return api(key).post("/v1/batch", body, content_type="application/json", **head)

    return post


def test_it_takes_events(start_anew, away, post, spool, client, rows):
    with away():
        start_anew()
        assert client.get("/ready").json()["status"] == "spooling"
        assert post().json()["spooled"] is True
    assert drain(spool) == 1
    assert rows("SELECT count(*) FROM {s}.profiles_event") == [(1,)]


def test_without_the_file_it_takes_none(start_anew, away, post):
    reserve_file.path().unlink()
    with away():
        start_anew()
        assert post().status_code == 503


def test_another_shops_host_is_still_another_shops(start_anew, away, post, rival):
    with away():
        start_anew()
        assert post(host="beta.localhost").status_code == 401


def test_a_change_since_makes_it_void(start_anew, away, post):
    redis.run(lambda client: client.incr(keyring.EPOCH_KEY))
    with away():
        start_anew()
        assert post().status_code == 503


def test_so_does_age(start_anew, away, post, monkeypatch):
    monkeypatch.setattr(reserve_file, "MOST_AGE_SECONDS", -1.0)
    with away():
        start_anew()
        assert post().status_code == 503


def test_what_was_tampered_with_is_not_read(start_anew, away, post):
    content = bytearray(reserve_file.path().read_bytes())
    content[-20] ^= 1
    reserve_file.path().write_bytes(content)
    with away():
        start_anew()
        assert post().status_code == 503


def test_nobody_can_read_it(start_anew, tenant):
    content = reserve_file.path().read_bytes()
    assert tenant.schema_name.encode() not in content
    assert bytes(ApiKey.objects.values_list("digest", flat=True).first()) not in content
    assert reserve_file.path().stat().st_mode & 0o777 == 0o600


def test_a_key_expires_on_disk_too(start_anew, away, post, tenant):
    old, token = create_key(tenant=tenant, kind="secret", name="rotated")
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=60)
    ApiKey.objects.filter(pk=old.pk).update(expires_at=soon)
    keyring.confirm()
    keyring.fill_reserve()
    with away(), pytest.MonkeyPatch.context() as later:
        start_anew()
        later.setattr("tenants.reserve.time.time", lambda: soon.timestamp() + 1)
        assert post(token).status_code == 503
