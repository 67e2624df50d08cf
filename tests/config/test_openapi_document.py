"""The API's document is what its address says: JSON, for whoever asks."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from config.openapi import MORE_REFUSALS, REFUSALS, ROOMS
from config.openapi_events import EXAMPLES
from profiles.naming import MAX_ID


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html,application/xml;q=0.9,*/*;q=0.8"])
def test_it_is_json(accept):
    answer = Client(headers={"host": "localhost", "accept": accept}).get("/api/openapi.json")
    document = json.loads(answer.content)
    assert document["info"]["title"] == "Attune API"
    assert "/v1/opendsr/requests" in document["paths"]
    assert "/api/v1/consents" in document["paths"]


@pytest.fixture
def operations(db):
    document = json.loads(Client(headers={"host": "localhost"}).get("/api/openapi.json").content)
    return {o["operationId"]: o for path in document["paths"].values() for o in path.values()}


def test_refusals_stand_where_they_happen(operations):
    assert set(MORE_REFUSALS) <= set(operations)
    for name, operation in operations.items():
        said = set(operation["responses"])
        assert {*REFUSALS, *MORE_REFUSALS.get(name, ())} <= said, name
        assert ("requestBody" in operation) == ("413" in said), name
    assert "409" not in operations["get_profile"]["responses"]


def test_a_shopper_is_named_the_same_way_everywhere(operations):
    for name in ("recommendations_retrieve", "recommendations_create", "consents_read", "consents_write"):
        given = {p["name"]: p for p in operations[name].get("parameters", ())}
        assert given["X-Shopper-Token"]["in"] == "header", name
        if "user_id" in given:
            assert given["user_id"]["schema"]["maxLength"] == MAX_ID
    event = operations["track_page"]["requestBody"]["content"]["application/json"]["schema"]
    assert event["properties"]["userId"]["maxLength"] == MAX_ID


def test_the_doors_of_browsers_and_mails_are_described(db):
    paths = json.loads(Client(headers={"host": "localhost"}).get("/api/openapi.json").content)["paths"]
    assert "/v1/projects/{write_key}/settings" in paths
    assert "/v1/pixel/{type}" in paths
    assert "/v1/t," in paths["/api/v1/track"]["post"]["description"]
    assert "/v1/import" in paths["/api/v1/batch"]["post"]["description"]


def test_every_operation_stands_in_a_room_and_says_what_it_does(operations):
    for name, operation in operations.items():
        assert set(operation["tags"]) <= set(ROOMS), name
        assert operation.get("summary"), name


def test_each_event_says_what_it_needs(operations):
    def needed(name):
        schema = operations[f"track_{name}"]["requestBody"]["content"]["application/json"]["schema"]
        assert set(schema.get("required", ())) <= set(schema["properties"])
        return schema.get("required", [])

    assert needed("track") == ["event"]
    assert needed("alias") == ["previousId", "userId"]
    assert needed("identify") == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_taken_as_it_stands(api, secret_key, name):
    answer = api(secret_key).post(
        f"/api/v1/{name}", json.dumps(EXAMPLES[name]), content_type="application/json"
    )
    assert (answer.status_code, answer.json()["rejected"]) == (200, [])
