"""A file is fetched from S3-compatible storage that others wrote (moto): by range, and another version anew."""

from __future__ import annotations

import gzip

import pytest

from profiles.imports import fetch
from profiles.imports.files import BLOCK
from profiles.imports.models import Import
from profiles.imports.sources.registry import BadSource, source_of
from tenants.connectors.base import Trouble

from ..destinations.test_bucket import SECRET, storage
from .test_fetched import content, fetched

__all__ = ["storage"]


@pytest.fixture
def ask(scope, inside, storage, settings, monkeypatch):
    settings.OUTBOUND_TO_OWN_NETWORK = True
    monkeypatch.setattr("profiles.imports.tasks.hint_fetch", lambda schema: None)

    def begin(path: str) -> Import:
        said = {"bucket": "lake", "path": path, "endpoint": storage.endpoint, **SECRET}
        return fetch.begin(scope, "bucket", said, kind="events", actor="user:1")

    return begin


def test_it_becomes_events(scope, ask, storage, run):
    storage.put_object(Bucket="lake", Key="exports/a b.csv.gz", Body=gzip.compress(content()))
    draft = fetched(scope, ask("exports/a b.csv.gz"))
    assert (draft.status, draft.name, draft.place) == ("draft", "a b.csv.gz", "s3://lake")
    assert run(draft).taken == 40


def test_a_turn_that_ends_goes_on_by_range_and_another_version_begins_anew(scope, ask, storage, run):
    storage.put_object(Bucket="lake", Key="big.csv", Body=content(900, more="x" * 5_000))
    found = ask("big.csv")
    while not fetch._fetch(scope, found, 0.0):
        found.refresh_from_db()
        if found.position > 2 * BLOCK:
            break
    assert 0 < found.position < found.end
    storage.put_object(Bucket="lake", Key="big.csv", Body=content(7))
    assert run(fetched(scope, found)).taken == 7


def test_a_missing_file_is_said_in_words(scope, ask):
    found = fetched(scope, ask("nothing.csv"))
    assert (found.status, found.error) == ("paused", "There is no such file in the bucket.")


def test_what_is_wrong_is_said_before_anything_is_called():
    with pytest.raises(BadSource) as caught:
        source_of("bucket", {"bucket": "No Such", "path": "/", **SECRET})
    assert {field for field, _ in caught.value.problems} == {"bucket", "path"}
    with pytest.raises(BadSource, match="Access key is missing"):
        source_of("bucket", {"bucket": "lake", "path": "x"})
    with pytest.raises(BadSource):
        source_of("ftp", {})
    assert not issubclass(BadSource, Trouble)
