"""Months are made ahead; what the default partition held moves into its month."""

import datetime as dt

from django.db import connection

from profiles.partitions import make_ahead

from .conftest import viewed


def test_events_move_into_their_month(send, process, scope, rows, shopper):
    today = dt.datetime.now(dt.UTC).date()
    partitions = rows(
        "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename LIKE 'profiles_event_2%%'",
        scope.schema,
    )
    with connection.cursor() as cursor:
        for (name,) in partitions:
            cursor.execute(f'DROP TABLE "{scope.schema}".{name}')
    send(viewed("u1"))
    assert rows("SELECT count(*) FROM {s}.profiles_event_default") == [(1,)]
    assert make_ahead(scope.schema) == 4
    assert make_ahead(scope.schema) == 0
    assert rows("SELECT count(*) FROM {s}.profiles_event_default") == [(0,)]
    assert rows(f"SELECT count(*) FROM {{s}}.profiles_event_{today:%Y_%m}") == [(1,)]
    assert process() == 1
    send(viewed("u1"))
    assert process() == 1
    assert shopper("u1") is not None


def test_a_month_in_the_next_year(scope, rows):
    assert make_ahead(scope.schema, dt.date(2031, 11, 30)) == 4
    names = rows(
        "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename LIKE 'profiles_event_203%%' ORDER BY 1",
        scope.schema,
    )
    assert [n[-7:] for (n,) in names] == ["2031_11", "2031_12", "2032_01", "2032_02"]
