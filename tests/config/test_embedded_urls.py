"""One address per service, understood by Django, psycopg, redis-py and Celery alike."""

import psycopg
import pytest
from kombu import Connection

from config.services import (
    celery_url,
    database_settings,
    resolve_services,
    with_redis_database,
)
from config.services.urls import with_database


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "postgres://attune@/attune?host=/srv/run&port=5432",
            ("attune", "attune", "", "/srv/run", "5432", {}),
        ),
        ("postgresql://u:p%40ss@db.example:6432/shop", ("shop", "u", "p@ss", "db.example", "6432", {})),
        ("postgres://u@%2Fsrv%2Frun/shop", ("shop", "u", "", "/srv/run", "", {})),
        ("postgres://db/a%20b?sslmode=require", ("a b", "", "", "db", "", {"sslmode": "require"})),
        ("postgres://u@[::1]:5433/shop", ("shop", "u", "", "::1", "5433", {})),
    ],
)
def test_database_addresses(url, expected):
    settings = database_settings(url)
    names = ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
    assert settings == dict(zip(names, expected, strict=True))


@pytest.mark.parametrize("url", ["mysql://u@h/db", "postgres://u@h", "postgres://u@h:port/db", ""])
def test_addresses_of_nothing_are_refused(url):
    with pytest.raises(ValueError, match="DATABASE_URL"):
        database_settings(url)


def test_django_and_psycopg_reach_the_same_server():
    services = resolve_services()
    settings = database_settings(services.database_url)
    with (
        psycopg.connect(services.database_url) as by_url,
        psycopg.connect(
            dbname=settings["NAME"], user=settings["USER"], host=settings["HOST"], port=settings["PORT"]
        ) as by_parts,
    ):
        query = "SELECT pg_postmaster_start_time()"
        assert by_url.execute(query).fetchone() == by_parts.execute(query).fetchone()


@pytest.mark.parametrize(
    ("redis_url", "broker"),
    [
        ("unix:///srv/valkey.sock?db=2", "redis+socket:///srv/valkey.sock?virtual_host=2"),
        ("unix:///srv/valkey.sock", "redis+socket:///srv/valkey.sock?virtual_host=0"),
        ("redis://cache:6379/1", "redis://cache:6379/1"),
        ("valkeys://u:p@cache/1", "rediss://u:p@cache/1"),
    ],
)
def test_broker_addresses(redis_url, broker):
    assert celery_url(redis_url) == broker


@pytest.mark.parametrize(
    ("url", "third"),
    [
        ("unix:///srv/valkey.sock?db=0", "unix:///srv/valkey.sock?db=3"),
        ("unix://u:p@/srv/valkey.sock", "unix://u:p@/srv/valkey.sock?db=3"),
        ("redis://cache:6379/0?timeout=1", "redis://cache:6379/3?timeout=1"),
        ("redis://cache", "redis://cache/3"),
    ],
)
def test_another_database_of_the_same_redis(url, third):
    assert with_redis_database(url, 3) == third


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("postgres://u:p@h:5432/shop?sslmode=require", "postgres://u:p@h:5432/test_shop?sslmode=require"),
        ("postgres:///shop", "postgres:///test_shop"),
    ],
)
def test_another_database_of_the_same_postgres(url, other):
    assert with_database(url, "test_shop") == other


def test_the_broker_connects_to_the_right_database():
    broker = celery_url(with_redis_database(resolve_services().redis_url, 7))
    with Connection(broker) as connection:
        connection.connect()
        assert connection.default_channel.client.connection_pool.connection_kwargs["db"] == 7


def test_what_the_environment_names_is_used(folder):
    named = resolve_services(folder, {"DATABASE_URL": "postgres://u@h/db", "REDIS_URL": "redis://h"})
    assert (named.database_url, named.redis_url) == ("postgres://u@h/db", "redis://h")
    assert named.postgres is named.valkey is None
    embedded = resolve_services(folder, {"DATABASE_URL": ""})
    assert embedded.database_url == f"postgres://attune@/attune?host={folder}/postgres/run&port=5432"
    assert not (folder / "postgres").exists()
