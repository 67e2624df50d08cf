"""Lists go to the server as psycopg's own dumper would send them, only sooner."""

import datetime as dt

import psycopg
import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.adapt import PyFormat, Transformer
from psycopg.types.array import ListBinaryDumper

from tenants.postgres.arrays import ColumnDumper

wholes = st.integers(-(2**63), 2**63 - 1)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"))
lists = st.one_of(
    st.lists(wholes),
    st.lists(st.integers(-40_000, 40_000)),
    st.lists(st.floats()),
    st.lists(texts),
    st.lists(st.binary()),
    st.lists(st.booleans()),
    st.lists(st.none() | wholes),
    st.lists(st.none() | texts),
    st.lists(st.lists(wholes, min_size=2, max_size=2), min_size=1),
    st.lists(st.lists(texts, min_size=1, max_size=1), min_size=1),
    st.lists(st.datetimes(timezones=st.just(dt.UTC))),
)


def dumped(dumper, values):
    adapters = psycopg.adapt.AdaptersMap(psycopg.adapters)
    adapters.register_dumper(list, dumper)
    one = Transformer(adapters).get_dumper(values, PyFormat.BINARY)
    return one.oid, bytes(one.dump(values))


@settings(max_examples=400)
@given(lists)
def test_the_same_bytes(values):
    assert dumped(ColumnDumper, values) == dumped(ListBinaryDumper, values)


def test_what_psycopg_refuses_is_refused():
    for values in ([1, 2.5], [1, "a"], [[1], [2, 3]]):
        with pytest.raises(psycopg.Error):
            dumped(ColumnDumper, values)


def test_the_server_reads_them(committed):
    given = [[1, -2, 2**40], [0.5, -1e300], ["a", "", "ü"], [b"", b"\x00\xff"], [7], [], [None, 1]]
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        found = cursor.execute(
            "SELECT %b::bigint[], %b::float8[], %b::text[], %b::bytea[], %b::smallint[], %b::int[], %b::int[]",
            given,
        ).fetchone()
        assert isinstance(cursor._tx.get_dumper([1], PyFormat.BINARY), ColumnDumper)
    assert list(found) == given
