"""GET and POST /api/v1/consents."""

import datetime as dt
import uuid

import orjson
import pytest
from django.db import connection

from compliance.models import ConsentRecord
from compliance.suppression import suppress
from tenants.crypto import blind_index
from tenants.db import tenant_connection
from tenants.keys import create_key
from tenants.tokens import sign_shopper_token
from tenants.workspace.models import AuditRecord

PATH = "/api/v1/consents"


@pytest.fixture
def post(api, secret_key):
    def call(body, key=None, **head):
        return api(key or secret_key, **head).post(PATH, orjson.dumps(body), content_type="application/json")

    return call


@pytest.fixture
def get(api, secret_key):
    def call(query, key=None, **head):
        return api(key or secret_key, **head).get(f"{PATH}?{query}")

    return call


def said(granted=True, purpose="marketing", channel="email", **more):
    more |= {"channel": channel} if channel else {}
    return {"purpose": purpose, "granted": granted, **more}


def state(answer, purpose, channel=None):
    return next(c for c in answer.json()["consents"] if (c["purpose"], c["channel"]) == (purpose, channel))


def test_somebody_unknown_has_the_defaults(get):
    answer = get("user_id=u1")
    assert answer.status_code == 200
    assert (state(answer, "analytics")["granted"], state(answer, "marketing", "email")["granted"]) == (
        True,
        False,
    )
    assert not any(c["recorded"] for c in answer.json()["consents"])
    assert answer.json()["history"] == []


def test_a_word_is_recorded_and_answered(post, get, shopper, scope):
    answer = post({"user_id": "u1", "consents": [said(text_version="checkout 2")], "source": "checkout"})
    assert (answer.status_code, answer.json()["changed"]) == (200, 1)
    again = get("user_id=u1")
    mine = state(again, "marketing", "email")
    assert (mine["granted"], mine["recorded"], mine["source"], mine["text_version"]) == (
        True, True, "checkout", "checkout 2",
    )  # fmt: skip
    assert len(again.json()["history"]) == 1
    assert shopper("u1") is not None


def test_a_new_shopper_starts_above_every_version_ever_told(post, shopper, send, process):
    send({"type": "track", "event": "x", "userId": "other"})
    process()
    post({"user_id": "u1", "consents": [said()]})
    assert shopper("u1").version > shopper("other").version


def test_saying_it_again_changes_nothing(post, shopper):
    body = {"user_id": "u1", "consents": [said(), said(False, "personalisation", None)]}
    assert post(body).json()["changed"] == 2
    version = shopper("u1").version
    assert post(body).json()["changed"] == 0
    assert shopper("u1").version == version


def test_the_profile_knows(post, shopper):
    post({"user_id": "u1", "consents": [said(False, "personalisation", None)]})
    assert shopper("u1").consent_personalisation is False
    post({"user_id": "u1", "consents": [said(True, "personalisation", None)]})
    assert shopper("u1").consent_personalisation is True


def test_an_audit_record_names_the_shopper_by_pseudonym(post, scope, shopper):
    post({"user_id": "ada@example.com", "consents": [said()]})
    with tenant_connection(scope.schema):
        record = AuditRecord.objects.filter(action="consent changed").get()
    assert record.target == f"profile:{shopper('ada@example.com').uuid}"
    assert "ada" not in f"{record.target} {record.details} {record.actor}"
    assert record.details == {"said": ["marketing by email granted (api)"]}


def test_when_it_was_said_may_lie_in_the_past(post, scope):
    when = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)
    post({"user_id": "u1", "consents": [said()], "at": "2024-05-01T00:00:00Z"})
    post({"user_id": "u1", "consents": [said(False)], "at": "2024-04-01T00:00:00Z"})
    with tenant_connection(scope.schema):
        first, _ = ConsentRecord.objects.all()
        assert (first.at, first.granted) == (when, True)


@pytest.mark.parametrize(
    ("body", "code", "word"),
    [
        ([], "invalid_request", "object"),
        ({"consents": [said()]}, "missing_identity", "user_id"),
        ({"user_id": 7, "consents": [said()]}, "invalid_request", "user_id"),
        ({"user_id": "u1"}, "invalid_consent", "list"),
        ({"user_id": "u1", "consents": []}, "invalid_consent", "list"),
        ({"user_id": "u1", "consents": ["yes"]}, "invalid_consent", "list"),
        ({"user_id": "u1", "consents": [{"purpose": "marketing"}]}, "invalid_consent", "granted"),
        ({"user_id": "u1", "consents": [said("yes")]}, "invalid_consent", "true or false"),
        ({"user_id": "u1", "consents": [said(purpose="fun")]}, "invalid_consent", "There are: analytics"),
        ({"user_id": "u1", "consents": [said(channel="fax")]}, "invalid_consent", "There are: email"),
        ({"user_id": "u1", "consents": [said(purpose="analytics")]}, "invalid_consent", "Only marketing"),
        ({"user_id": "u1", "consents": [said(text_version=3)]}, "invalid_consent", "text_version"),
        ({"user_id": "u1", "consents": [said()] * 31}, "invalid_consent", "At most 30"),
        ({"user_id": "u1", "consents": [said()], "source": "x" * 41}, "invalid_consent", "source"),
        ({"user_id": "u1", "consents": [said()], "when": 1}, "invalid_consent", "“when”"),
        ({"user_id": "u1", "consents": [said(at="2024-05-01T00:00:00Z")]}, "invalid_consent", "“at”"),
        ({"user_id": "u1", "consents": [said(), said(False)]}, "invalid_consent", "both"),
        ({"user_id": "u1", "consents": [said()], "source": "event"}, "invalid_consent", "source"),
        ({"user_id": "u1", "consents": [said()], "at": 7}, "invalid_consent", "zone"),
        ({"user_id": "u1", "consents": [said()], "at": "yesterday"}, "invalid_consent", "zone"),
        ({"user_id": "u1", "consents": [said()], "at": "2024-13-01T00:00:00Z"}, "invalid_consent", "zone"),
        ({"user_id": "u1", "consents": [said()], "at": "2999-01-01T00:00:00Z"}, "invalid_consent", "future"),
    ],
)
def test_what_is_wrong_is_said(post, scope, body, code, word):
    answer = post(body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert word in answer.json()["detail"]
    with tenant_connection(scope.schema):
        assert not ConsentRecord.objects.exists()


def test_a_browser_speaks_for_the_visitor_it_names(post, get, publishable_key):
    body = {"anonymous_id": "a1", "consents": [said(False, "personalisation", None)]}
    assert post(body, publishable_key).json()["changed"] == 1
    assert state(get("anonymous_id=a1", publishable_key), "personalisation")["granted"] is False
    body["consents"] = [said(True, "personalisation", None)]
    assert post(body, publishable_key).json()["changed"] == 1


def test_a_browser_needs_a_token_for_a_known_shopper(post, get, publishable_key, tenant):
    body = {"user_id": "u1", "consents": [said()]}
    assert post(body, publishable_key).json()["code"] == "shopper_token_required"
    assert get("user_id=u1", publishable_key).json()["code"] == "shopper_token_required"
    token = sign_shopper_token(tenant, "u1")
    assert post(body, publishable_key, **{"x-shopper-token": token}).json()["changed"] == 1
    body["user_id"] = "u2"
    refused = post(body, publishable_key, **{"x-shopper-token": token})
    assert refused.json()["code"] == "shopper_token_mismatch"


def test_a_browser_speaks_of_now(post, publishable_key):
    body = {"anonymous_id": "a1", "consents": [said()], "at": "2024-05-01T00:00:00Z"}
    assert "secret key" in post(body, publishable_key).json()["detail"]


def test_reading_is_not_writing(post, get, tenant):
    reader = create_key(tenant=tenant, kind="secret", name="r", scopes=["consents:read"])[1]
    assert get("user_id=u1", reader).status_code == 200
    assert post({"user_id": "u1", "consents": [said()]}, reader).json()["scope"] == "consents:write"


def test_a_rivals_word_means_nothing_here(post, get, rival_key, rival):
    post({"user_id": "u1", "consents": [said()]}, rival_key)
    assert state(get("user_id=u1"), "marketing", "email")["granted"] is False
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{rival.schema_name}".compliance_consentrecord')
        assert cursor.fetchone() == (1,)


def test_an_erased_shopper_is_not_made_again(post, scope, shopper):
    blind = blind_index(scope.tenant_id, "user_id", "u1")
    with connection.cursor() as cursor:
        suppress(cursor, scope.schema, [blind], request_id=uuid.uuid4())
    answer = post({"user_id": "u1", "consents": [said()]})
    assert (answer.status_code, answer.json()["code"]) == (410, "erased_shopper")
    assert shopper("u1") is None


def test_a_browser_does_not_learn_who_was_erased(post, scope, publishable_key, rows):
    blind = blind_index(scope.tenant_id, "anonymous_id", "a1")
    with connection.cursor() as cursor:
        suppress(cursor, scope.schema, [blind], request_id=uuid.uuid4())
    body = {"consents": [said(False, "personalisation", None)]}
    gone, other = (post({"anonymous_id": a, **body}, publishable_key) for a in ("a1", "a2"))
    assert (gone.status_code, gone.json().keys()) == (other.status_code, other.json().keys())
    assert state(gone, "personalisation")["recorded"]
    assert [w["granted"] for w in gone.json()["history"]] == [w["granted"] for w in other.json()["history"]]
    assert rows("SELECT count(*) FROM {s}.profiles_profile") == [(1,)]
