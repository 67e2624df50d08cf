"""A kept connection: what it costs to know that it lives, and what happens when it does not."""

import psycopg
import pytest
from django.db import connection


@pytest.fixture
def kept(committed):
    """The thread's connection as a web process keeps it, and another one to look at it from."""
    connection.close()
    connection.ensure_connection()
    connection.health_check_enabled, connection.close_at = True, None  # until it connects anew
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid(), 'what it did last'")
        pid = cursor.fetchone()[0]
    parameters = connection.get_connection_params()
    with psycopg.connect(
        **{k: parameters[k] for k in ("dbname", "user", "host", "port") if parameters.get(k)}, autocommit=True
    ) as other:
        yield pid, other
    connection.close()


def next_request():
    connection.close_if_unusable_or_obsolete()
    connection.close_if_health_check_failed()
    connection.ensure_connection()


def last_statement(other, pid):
    return other.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone()[0]


def test_one_that_answered_a_moment_ago_is_not_asked(kept):
    pid, other = kept
    next_request()
    assert "what it did last" in last_statement(other, pid)


def test_one_that_was_long_silent_is_asked(kept):
    pid, other = kept
    connection._answered_at -= 60
    next_request()
    assert last_statement(other, pid) == "SELECT 1"


def test_one_that_the_server_ended_is_replaced(kept):
    pid, other = kept
    assert other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid]).fetchone()[0]
    next_request()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone()[0] != pid


def test_one_left_inside_a_transaction_is_asked(kept):
    connection.connection.autocommit = False
    connection.connection.execute("SELECT 'left open'")
    assert not connection._rests()
    connection.connection.rollback()


def test_a_statement_that_says_so_is_planned_once(kept):
    with psycopg.Cursor(connection.connection) as cursor:
        for number in range(3):
            cursor.execute("SELECT %b::int + 40", [number], prepare=True)
        cursor.execute("SELECT %b::int + 41", [1])
        rows = cursor.execute("SELECT statement FROM pg_prepared_statements", prepare=False).fetchall()
    assert rows == [("SELECT $1::int + 40",)]
