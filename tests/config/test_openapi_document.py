"""The API's document is what its address says: JSON, for whoever asks."""

from __future__ import annotations

import json

import pytest
from django.test import Client


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html,application/xml;q=0.9,*/*;q=0.8"])
def test_it_is_json(accept):
    answer = Client(headers={"host": "localhost", "accept": accept}).get("/api/openapi.json")
    document = json.loads(answer.content)
    assert document["info"]["title"] == "Attune API"
    assert "/v1/opendsr/requests" in document["paths"]
    assert "/api/v1/consents" in document["paths"]
