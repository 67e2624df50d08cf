"""No line about a request holds its path, which may name a shopper."""

import logging

import pytest
from django.core.exceptions import PermissionDenied
from django.core.handlers.exception import response_for_exception
from django.test import RequestFactory


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


@pytest.mark.parametrize("name", ["Zoë", "a%00b"])
def test_a_path_that_django_escapes(db, api, secret_key, written, name):
    api(secret_key).get(f"/api/v1/profiles/{name}")
    assert "api/v1/profiles/<" in written()
    assert not any(said in written() for said in ("Zo", "a\\x00b", "a\x00b"))


def test_a_refusal_is_one_line(db, caplog):
    request = RequestFactory().get("/console/")
    try:
        raise PermissionDenied
    except PermissionDenied as error:
        response = response_for_exception(request, error)
    assert response.status_code == 403
    (line,) = [r for r in caplog.records if r.name == "django.request"]
    assert line.exc_info is None
