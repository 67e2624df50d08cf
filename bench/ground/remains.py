"""Search everything that is stored for what should be gone: a text dump of the database, and all of Valkey."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from typing import Any

import redis
from django.conf import settings
from django.db import connection

from config.services.urls import with_redis_database

# Keyed hashes that refuse a person's later events and messages stay on purpose.
KEPT = ("compliance_suppression", "journeys_suppression")


def database_lines() -> Iterator[tuple[str, str]]:
    """(schema.table, line) of a text dump of all schemas, with the server's own pg_dump."""
    to = connection.settings_dict
    where = {"PGDATABASE": to["NAME"], "PGUSER": to["USER"], "PGHOST": to["HOST"], "PGPORT": str(to["PORT"])}
    secret = {"PGPASSWORD": to["PASSWORD"]} if to.get("PASSWORD") else {}
    environment = {**os.environ, **{k: v for k, v in where.items() if v}, **secret}
    table = ""
    with subprocess.Popen(
        [settings.PG_DUMP, "--data-only"], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("COPY "):
                table = line.split()[1].replace('"', "")
            yield table, line
    if process.returncode:
        raise RuntimeError("pg_dump failed")


def valkey_values(url: str) -> Iterator[bytes]:
    """Every name and value of every database of the server."""
    for number in redis.Redis.from_url(url).info("keyspace"):
        client = redis.Redis.from_url(with_redis_database(url, int(number.removeprefix("db"))))
        for name in client.scan_iter(count=1_000):
            yield name
            yield _value(client, name)


def _value(client: Any, name: bytes) -> bytes:
    readers = {
        b"string": lambda: client.get(name) or b"",
        b"stream": lambda: repr(client.xrange(name)).encode(),
        b"hash": lambda: repr(client.hgetall(name)).encode(),
        b"list": lambda: repr(client.lrange(name, 0, -1)).encode(),
        b"set": lambda: repr(client.smembers(name)).encode(),
        b"zset": lambda: repr(client.zrange(name, 0, -1)).encode(),
    }
    reader = readers.get(bytes(client.type(name)))
    return bytes(reader()) if reader else b""


def hits(marks: Iterable[str], url: str) -> set[tuple[str, str]]:
    """(mark, place) of every mark that is found, as text or as the hexadecimal of its bytes."""
    forms = {form: mark for mark in marks for form in (mark, mark.encode().hex())}
    found = set()
    for table, line in database_lines():
        if table.rpartition(".")[2] not in KEPT:
            found |= {(mark, table) for form, mark in forms.items() if form in line}
    for value in valkey_values(url):
        found |= {(mark, "Valkey") for form, mark in forms.items() if form.encode() in value}
    return found
