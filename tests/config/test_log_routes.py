"""No line about a request holds its path, which may name a shopper."""

import logging

import pytest


@pytest.fixture
def written(caplog):
    caplog.set_level(logging.INFO)
    return lambda: " ".join(
        record.getMessage() for record in caplog.records if record.name.startswith("django")
    )


def test_a_shopper_who_is_not_found(db, api, secret_key, written):
    assert api(secret_key).get("/api/v1/profiles/1410").status_code == 404
    assert "1410" not in written()
    assert "Not Found: api/v1/profiles/<" in written()


def test_a_path_that_leads_nowhere(db, client, written):
    assert client.get("/shoppers/of/1410/", headers={"host": "alpha.localhost"}).status_code in (302, 404)
    assert client.get("/nowhere/1410", headers={"host": "localhost"}).status_code == 404
    assert "1410" not in written()
    assert "(no route)" in written()
