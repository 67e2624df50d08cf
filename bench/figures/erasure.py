"""A household with its year of history, from the second approval to the signed receipt, and whether anything is left.

A copy of a real household is made under names of its own, so that the shop stays as it is for the next measurement:
its history by the bulk door, then events, answers and a message of consent through the API like anybody's.
"""

from __future__ import annotations

import json
import secrets
import time
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

import orjson
from django.db import connection

from compliance.erasure.receipt import check, exported
from compliance.models import Receipt, SubjectRequest
from compliance.requests import decide, verify
from profiles.history import import_history
from profiles.selectors import find_profile
from tenants import keyring
from tenants.db import tenant_connection
from tenants.keys import create_key, revoke_key
from tenants.models import Tenant
from tenants.scope import Scope
from tenants.workspace.models import User

from ..ground import remains
from ..ground.clean import wait_until_processed
from ..ground.shoppers import GROCER
from ..outcome import Figure
from ..run import Run

LONGEST_SECONDS = 300
EVENTS = 200


class NotErased(Exception):
    """The erasure did not end, or its receipt does not hold; the message says which."""


@dataclass
class Life:
    user: str
    visitor: str
    email: str
    lines: int


def measure(run: Run) -> list[Figure]:
    tenant = Tenant.objects.select_related("plan").get(slug=GROCER)
    scope = keyring.scope_of_tenant(tenant)
    key, token = create_key(tenant=tenant, kind="secret", name="bench erasure", actor="bench")
    try:
        run.say("living a household's year again")
        life = _live(run, scope, token)
        seconds, request = _erase(run, scope, token, life)
        with tenant_connection(scope.schema):
            receipt = Receipt.objects.get(request=request)
        verdict = check(tenant.pk, orjson.dumps(exported(receipt, tenant.pk)))
        if not verdict.holds or verdict.document is None:
            raise NotErased(verdict.reason)
        late = _call(run, token, "/v1/track", {"userId": life.user, "event": "Product Viewed"})
        if late["suppressed"] != 1:
            raise NotErased("a late event was taken")
        run.say("searching dumps of the database and Valkey")
        found = remains.hits({life.user, life.visitor, life.email}, _valkey_url())
    finally:
        revoke_key(key, actor="bench")
    stores = verdict.document["stores"]
    erased = sum(part["erased"] for part in stores)
    protocol = (
        f"a copy of the grocer's household with the most lines ({life.lines:,} by bulk import), {EVENTS} events, answers and "
        "consent through the API; from the second approval until the request is completed by the running worker; receipt "
        "verified, a late event refused"
    )
    return [
        Figure("erasure", seconds, "s", protocol, note=f"{erased:,} entries in {len(stores)} stores"),
        Figure(
            "erasure_hits",
            float(len(found)),
            "places",
            "user id, visitor id and e-mail, as text and hexadecimal, in a text dump of all schemas and in all of Valkey",
            note=", ".join(sorted({place for _, place in found})[:5]),
        ),
    ]


def _live(run: Run, scope: Scope, token: str) -> Life:
    mark = secrets.token_hex(6)
    life = Life(f"bench-erased-{mark}", f"visitor-{mark}", f"erased.{mark}@bench.example", 0)
    frame = _largest_history(scope.schema)
    life.lines = len(frame)
    import_history(scope, [frame.assign(user_id=life.user)], "bench erasure", secrets.token_hex(16))
    items = frame["item_id"].tolist()
    _call(run, token, "/v1/page", {"anonymousId": life.visitor, "name": "Home"})
    who = {"userId": life.user, "anonymousId": life.visitor}
    _call(run, token, "/v1/identify", {**who, "traits": {"email": life.email, "name": f"Household {mark}"}})
    batch = [
        {
            "type": "track",
            "event": "Product Viewed",
            **who,
            "properties": {"product_id": str(items[n % len(items)])},
        }
        for n in range(EVENTS)
    ]
    _call(run, token, "/v1/batch", {"batch": batch})
    _call(run, token, "/v1/batch", {"batch": [{"type": "track", "userId": life.user}]})  # a dead letter
    wait_until_processed(scope.schema, 60)
    consents = [{"purpose": "marketing", "channel": "email", "granted": True}]
    _call(run, token, "/api/v1/consents", {"user_id": life.user, "consents": consents})
    for limit in range(5, 15):
        _call(run, token, f"/api/v1/recommendations?user_id={life.user}&limit={limit}")
    with tenant_connection(scope.schema):
        if find_profile(scope, "user_id", life.user) is None:
            raise NotErased("the household was never there")
    return life


def _largest_history(schema: str) -> Any:
    import pandas as pd

    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH largest AS (SELECT profile_id FROM "{schema}".profiles_interaction WHERE kind = 3
                    GROUP BY profile_id ORDER BY count(*) DESC, profile_id LIMIT 1)
                SELECT c.external_id, f.kind, f.at, f.quantity, f.value, f.order_key, f.place, f.channel
                FROM "{schema}".profiles_interaction f JOIN largest USING (profile_id)
                JOIN "{schema}".catalog_item c ON c.id = f.item_id WHERE f.kind = 3"""
        )
        rows = cursor.fetchall()
    names = ["item_id", "kind", "at", "quantity", "value", "order_id", "place", "channel"]
    return pd.DataFrame(rows, columns=names).assign(kind="purchase")


def _erase(run: Run, scope: Scope, token: str, life: Life) -> tuple[float, SubjectRequest]:
    number = uuid.uuid4()
    _call(
        run,
        token,
        "/v1/opendsr/requests",
        {
            "regulation": "gdpr",
            "subject_request_id": str(number),
            "subject_request_type": "erasure",
            "subject_identities": [{"identity_type": "email", "identity_value": life.email}],
            "submitted_time": "2026-01-01T00:00:00Z",
        },
    )
    with tenant_connection(scope.schema):
        request = SubjectRequest.objects.get(pk=number)
        officers = [_officer(name) for name in ("bench-one", "bench-two")]
        try:
            request = verify.verify_by_hand(scope, request, method="merchant", note="bench", actor="bench")
            decide.approve(scope, request, officers[0])
            started = time.perf_counter()
            decide.approve(scope, request, officers[1])
            while True:
                request.refresh_from_db()
                if request.status == "completed":
                    return time.perf_counter() - started, request
                if time.perf_counter() - started > LONGEST_SECONDS:
                    raise NotErased(f"after {LONGEST_SECONDS} s it is {request.status}: {request.trouble}")
                time.sleep(0.05)
        finally:
            for officer in officers:
                officer.delete()


def _officer(name: str) -> User:
    User.objects.filter(username=name).delete()
    return User.objects.create(username=name, email=f"{name}@bench.example", is_staff=True, is_superuser=True)


def _call(run: Run, token: str, path: str, body: dict[str, Any] | None = None) -> Any:
    request = Request(
        run.web.url + path,
        data=json.dumps(body).encode() if body is not None else None,
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or b"null")


def _valkey_url() -> str:
    from django.conf import settings

    return str(settings.REDIS_URL)
