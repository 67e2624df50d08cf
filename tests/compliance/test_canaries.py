"""Unique values go in through every door, the person is erased, and nobody finds one of them anywhere.

Searched: a text dump of the whole database (as text, as the hexadecimal of bytes, and the keyed hashes of identifiers),
every value in Valkey, and every file below the folders that hold artefacts, logs and exports.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import secrets
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from bench.ground import remains
from compliance.requests import subject
from journeys.delivery.run import deliver_once
from journeys.engine.batch import run_once as walk
from journeys.models import InboxMessage, Message, MessageTemplate
from journeys.services.drafts import create_journey, publish
from profiles.history import import_history, import_traits
from profiles.models import DeadLetter
from profiles.processing.batches import run_once
from recommendations import traces
from recommendations.models import Decision
from recommendations.state import rebuild_states
from tenants import keyring
from tenants.crypto import blind_index
from tenants.db import tenant_connection
from tenants.keys import create_key
from tenants.models import Tenant
from tenants.scope import Scope

pytestmark = pytest.mark.usefixtures("committed")


class Canaries:
    """`canaries("email")` is a unique value with the word in it; the same word gives the same one."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}

    def __call__(self, word: str, form: str = "{}") -> str:
        return self.known.setdefault(word, form.format(f"cnry-{word}-{secrets.token_hex(6)}"))


@pytest.fixture
def canaries() -> Canaries:
    return Canaries()


def found(marks: dict[str, str], folder: Path) -> set[str]:
    """Where any of the marks stands; "word in place"."""
    word_of = {value: word for word, value in marks.items()}
    hits = {f"{word_of[value]} in {place}" for value, place in remains.hits(word_of, os.environ["REDIS_URL"])}
    for file in folder.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            hits |= {f"{word} in {file.name}" for value, word in word_of.items() if value.encode() in content}
    for schema in Tenant.objects.values_list("schema_name", flat=True):
        with tenant_connection(schema):
            packed = [json.dumps(session.get_decoded()) for session in Session.objects.all()]
            packed += [json.dumps(decision.trace) for decision in Decision.objects.all()]
        hits |= {
            f"{word} in a session or trace"
            for value, word in word_of.items()
            for text in packed
            if value in text
        }
    return hits


def fill_doors(c: Canaries, tenant: Tenant, scope: Scope, folder: Path) -> None:
    secret = create_key(tenant=tenant, kind="secret", name="s")[1]
    browser = create_key(tenant=tenant, kind="publishable", name="p")[1]
    tenant.settings = {"shop": True, "shop_publishable_key": browser}
    tenant.save()
    keyring.forget()
    user, visitor = c("user"), c("visitor")

    def call(path: str, body: Any, key: str = secret, **head: str) -> None:
        raw = body if isinstance(body, str) else json.dumps(body)
        client = Client(headers={"authorization": f"Bearer {key}", **head})
        assert client.post(path, raw, content_type="application/json").status_code in (200, 400), path

    def process() -> None:
        with tenant_connection(scope.schema):
            while run_once(scope):
                pass

    # A visitor by browser, who says who they are; then every call of the tracking spec.
    call("/v1/page", {"anonymousId": visitor, "name": c("page"), "context": {"ip": c("ip")}}, browser)
    process()
    call(
        "/v1/identify",
        {
            "userId": user,
            "anonymousId": visitor,
            "traits": {
                "email": c("email", "{}@shop.example"),
                "name": c("name"),
                "address": {"street": c("street")},
            },
        },
    )
    call(
        "/v1/track",
        {
            "userId": user,
            "anonymousId": c("device"),
            "event": "Product Added",
            "properties": {"product_id": "p1", "coupon": c("coupon")},
        },
    )
    call("/v1/screen", {"userId": user, "name": c("screen"), "context": {"device": {"id": c("handset")}}})
    call("/v1/group", {"userId": user, "groupId": c("group"), "traits": {"family": c("family")}})
    call("/v1/alias", {"userId": user, "previousId": c("previous")})
    call(
        "/v1/batch",
        {
            "context": {"locale": c("locale")},
            "batch": [
                {
                    "type": "track",
                    "userId": user,
                    "event": "Order Completed",
                    "messageId": c("message"),
                    "properties": {"order_id": c("order"), "products": [{"product_id": "p1", "price": 2}]},
                },
                {"type": "track", "userId": user},  # a dead letter of the person
                {
                    "type": c("visitor"),
                    "email": c("email"),
                },  # one that names the person and nobody sealed it for
            ],
        },
    )
    call("/v1/track", '{"userId": 7.5, "note": "' + c("user") + '"}')
    process()
    # Bulk doors.
    columns = {
        "item_id": ["p1"],
        "kind": ["purchase"],
        "at": [dt.datetime.now(dt.UTC) - dt.timedelta(days=40)],
    }
    import_history(scope, [pd.DataFrame({"user_id": [user], **columns})], "history.csv", secrets.token_hex(8))
    import_traits(scope, {user: {"nickname": c("nickname")}})
    rebuild_states(scope.schema)
    # What is read leaves traces: answers, decisions, sessions, log lines.
    head = {"authorization": f"Bearer {secret}"}

    for who in ({"user_id": user}, {"anonymous_id": visitor}):
        assert Client(headers=head).get("/api/v1/recommendations", who).status_code == 200
        body = json.dumps({**who, "context": {"weather": c("weather")}})
        assert (
            Client(headers=head)
            .post("/api/v1/recommendations", body, content_type="application/json")
            .status_code
            == 200
        )
    window = Client(headers={"host": "alpha.localhost"})
    assert window.post("/shop/choose/", {"user_id": user}).status_code == 302
    call(
        "/api/v1/consents",
        {"user_id": user, "consents": [{"purpose": "marketing", "granted": True, "text_version": "v1"}]},
    )
    (folder / "log").mkdir()
    (folder / "log" / "web.log").write_text(
        json.dumps({"event": "x", "user": user, "mail": c("email")}) + "\n"
    )
    # A message, sent and read in the sandbox.
    with tenant_connection(scope.schema):
        MessageTemplate.objects.create(
            key="hi",
            name="Hi",
            subject="Hi",
            kind="transactional",
            html="<p>{{ shopper.name }} <a href='https://x.example'>x</a></p>",
        )
        nodes = [
            {"key": "a", "type": "event_trigger", "config": {"event": "Product Added"}},
            {"key": "b", "type": "send", "config": {"template": "hi"}},
            {"key": "c", "type": "exit", "config": {}},
        ]
        edges = [{"from": "a", "port": "next", "to": "b"}, {"from": "b", "port": "next", "to": "c"}]
        made = create_journey("J", actor="test", graph={"nodes": nodes, "edges": edges, "settings": {}})
        publish(made.pk, actor="test")
    call(
        "/v1/track",
        {"userId": user, "event": "Product Added", "properties": {"product_id": "p1", "gift": c("gift")}},
    )
    process()
    with tenant_connection(scope.schema):
        while walk(scope):
            pass
        deliver_once(scope)
    traces.drain()
    # What waits in the queue, and in the stream, when the erasure begins.
    call(
        "/v1/track",
        {"userId": user, "event": "Product Viewed", "properties": {"product_id": "p1", "q": c("waiting")}},
    )
    assert (
        Client(headers=head).get("/api/v1/recommendations", {"user_id": user, "limit": "3"}).status_code
        == 200
    )


def test_no_canary_is_found_after_the_erasure(canaries, tenant, scope, approved, tmp_path, monkeypatch):
    from compliance.requests import perform

    c = canaries
    fill_doors(c, tenant, scope, tmp_path)
    with tenant_connection(scope.schema):
        assert Message.objects.exists()
        assert InboxMessage.objects.exists()
        assert DeadLetter.objects.count() == 3
        assert Decision.objects.filter(profile_id__isnull=False).exists()
        request = approved(c("email"), identity="email", note=f"called about {c('name')} {c('note')}")
        person = subject.resolve(scope, [("email", c("email"))])
    # The search finds what is there: without that, to find nothing later would prove nothing.
    marks = {**c.known, **{f"hash {n}": b.hex() for n, b in enumerate(person.blinds)}}
    before = found(marks, tmp_path)
    assert {"user in web.log"} <= before
    assert any("hash" in hit and "Valkey" in hit for hit in before)
    assert any("hash" in hit and "tenants_personkey" in hit for hit in before)
    assert any("session" in hit for hit in before)
    words = {word for word in c.known if word in ("user", "visitor", "device", "previous", "email")}
    named = {value for _, value in person.identifiers}
    assert {c(word) for word in words} <= named

    with tenant_connection(scope.schema):
        assert perform.perform(scope, request.pk), type(request).objects.get(pk=request.pk).trouble
    kinds = {
        "user": "user_id",
        "visitor": "anonymous_id",
        "device": "anonymous_id",
        "previous": "anonymous_id",
    }
    for word, kind in kinds.items():
        marks[f"hash of {word}"] = blind_index(tenant.pk, kind, c(word)).hex()
    marks.update({f"uuid {n}": str(u) for n, u in enumerate(person.uuids)})
    # What comes late under another name, kind or place makes nothing of them either.
    late = Client(
        headers={"authorization": f"Bearer {create_key(tenant=tenant, kind='secret', name='late')[1]}"}
    )
    other = {"userId": "somebody-else", "traits": {"email": c("email"), "city": "Bath"}}
    for body in (
        {"type": "alias", "userId": "somebody-else", "previousId": c("user")},
        {"type": "identify", "anonymousId": c("user"), **other},
        {"type": "track", "event": "x", "userId": c("visitor"), "context": {"traits": other["traits"]}},
        {"type": "track", "event": "x", "anonymousId": c("email")},
    ):
        answer = late.post("/v1/batch", json.dumps({"batch": [body]}), content_type="application/json")
        assert answer.status_code == 200
        with tenant_connection(scope.schema):
            while run_once(scope):
                pass
    for word in (*kinds, "email"):
        for kind in ("user_id", "anonymous_id", "email"):
            marks[f"hash of {word} as {kind}"] = blind_index(tenant.pk, kind, c(word)).hex()
    audit = {f"{word} in {scope.schema}.workspace_auditrecord" for word in marks if word.startswith("uuid")}
    assert found(marks, tmp_path) - audit == set()
