"""The shop of a million, with a few hundred: its shoppers are read, counted and judged like any others."""

import pytest
from django.db import connection
from psycopg import Cursor

from bench.figures.million import DEFINITIONS
from bench.ground.million import EVENTS, INTERACTIONS, fill, user
from profiles.segments import preview as module
from profiles.segments.checking import problems
from profiles.segments.compiler import between, compile_node
from profiles.segments.definition import parse
from profiles.segments.live import read_documents
from profiles.segments.moments import today
from profiles.segments.preview import preview
from profiles.segments.selectors import facts
from tenants.db import tenant_connection

COUNT = 400


@pytest.fixture
def shop(scope):
    with tenant_connection(scope.schema):
        fill(scope, COUNT - 100, print)
        fill(scope, COUNT, print)  # goes on where it was
        yield scope


@pytest.mark.usefixtures("db")
def test_its_shoppers_can_be_read_and_every_definition_is_counted(shop, api, secret_key, monkeypatch):
    answer = api(secret_key).get(f"/api/v1/profiles/{user(COUNT - 1)}").json()
    assert (answer["user_id"], answer["counts"]["events"]) == (user(COUNT - 1), EVENTS)
    assert sum(answer["counts"]["interactions"].values()) == INTERACTIONS
    with tenant_connection(shop.schema), Cursor(connection.connection) as cursor:
        exact = {}
        for name, definition in DEFINITIONS.items():
            assert problems(parse(definition), facts()) == []
            exact[name] = preview(shop, definition)
            assert (exact[name].of, exact[name].exact) == (COUNT, True), name
        assert [name for name, size in exact.items() if not 0 < size.count < COUNT] == []
        one = compile_node(shop.schema, parse(DEFINITIONS["features"]), read_documents(cursor, shop.schema), between(0, 2**40), today())  # fmt: skip
        rows = cursor.execute(
            f'SELECT p.id FROM "{shop.schema}".profiles_profile p WHERE {one.sql}', one.params
        ).fetchall()
        assert len(rows) == exact["features"].count
        monkeypatch.setattr(module, "EXACT_UNTIL", 10)
        monkeypatch.setattr(module, "SAMPLE", 200)
        monkeypatch.setattr(module, "BORROWED", 200)
        for name, definition in DEFINITIONS.items():
            sampled = preview(shop, definition)
            assert sampled.low <= exact[name].count <= sampled.high, name
