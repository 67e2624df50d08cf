"""The OpenDSR API: requests in, signed answers and callbacks out."""

import base64
import datetime as dt
import json
import threading
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509

from compliance.models import Callback, SubjectRequest
from compliance.requests import callbacks, decide, verify
from tenants.keys import create_key

pytestmark = pytest.mark.usefixtures("db", "inside")
PATH = "/v1/opendsr/requests"
ASKED = dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(days=2)


def body(**changes):
    return {
        "regulation": "gdpr",
        "subject_request_id": str(uuid.uuid4()),
        "subject_request_type": "erasure",
        "subject_identities": [
            {"identity_type": "controller_customer_id", "identity_value": "u1", "identity_format": "raw"}
        ],
        "submitted_time": ASKED.isoformat(),
        **changes,
    }


@pytest.fixture
def post(api, secret_key):
    return lambda content: api(secret_key).post(PATH, content, content_type="application/json")


@pytest.fixture
def public_key(client):
    pem = client.get("/.well-known/opendsr.pem", headers={"host": "alpha.localhost"}).content
    return x509.load_pem_x509_certificate(pem).public_key()


def test_a_request_is_taken_with_a_signed_answer(post, public_key):
    asked = body()
    answer = post(asked)
    assert answer.status_code == 201
    taken = answer.json()
    assert json.loads(base64.b64decode(taken["encoded_request"])) == asked
    assert taken["subject_request_id"] == asked["subject_request_id"]
    due = dt.datetime.fromisoformat(taken["expected_completion_time"])
    assert due == ASKED + dt.timedelta(days=30)
    assert answer["X-OpenDSR-Processor-Domain"] == "alpha.localhost"
    public_key.verify(base64.b64decode(answer["X-OpenDSR-Signature"]), answer.content)


def test_repeated_it_is_one_request_with_one_answer(post):
    asked = body(status_callback_urls=["https://shop.example/a"])
    first, second = post(asked), post(asked)
    assert first.json() == second.json()
    assert (first.status_code, second.status_code) == (201, 201)
    assert SubjectRequest.objects.count() == 1


@pytest.mark.parametrize("urls", [[], ["https://shop.example/b"], ["https://shop.example/a"] * 2])
def test_repeated_with_other_callbacks_it_says_what_differs(post, urls):
    asked = body(status_callback_urls=["https://shop.example/a"])
    post(asked)
    answer = post({**asked, "status_callback_urls": urls})
    if set(urls) == {"https://shop.example/a"}:
        assert answer.status_code == 201
    else:
        assert (answer.status_code, answer.json()["code"]) == (409, "request_id_used")
        assert "status_callback_urls" in answer.json()["detail"]
    assert {callback.url for callback in Callback.objects.all()} == {"https://shop.example/a"}


def test_its_id_used_for_somebody_else_is_a_conflict(post):
    asked = body()
    post(asked)
    other = {**asked, "subject_identities": [{"identity_type": "email", "identity_value": "b@shop.example"}]}
    answer = post(other)
    assert (answer.status_code, answer.json()["code"]) == (409, "request_id_used")


def test_a_second_open_erasure_points_to_the_first(post):
    first = post(body()).json()["subject_request_id"]
    answer = post(body())
    assert (answer.status_code, answer.json()["subject_request_id"]) == (409, first)


@pytest.mark.parametrize(
    "changes",
    [
        {"regulation": "law of the jungle"},
        {"subject_request_id": "42"},
        {"subject_request_id": str(uuid.uuid1())},
        {"subject_request_type": "forgive"},
        {"subject_identities": []},
        {"subject_identities": [{"identity_type": "email", "identity_value": "x", "identity_format": "md5"}]},
        {"subject_identities": [{"identity_type": "email", "identity_value": "no address"}]},
        {"submitted_time": "yesterday"},
        {"submitted_time": (ASKED + dt.timedelta(days=3)).isoformat()},
        {"submitted_time": (ASKED - dt.timedelta(days=365)).isoformat()},
        {"submitted_time": "1969-12-31T00:00:00Z"},
        {"status_callback_urls": ["ftp://shop.example/x"]},
        {"status_callback_urls": [f"https://shop.example/{n}" for n in range(6)]},
    ],
)
def test_what_is_wrong_is_said(post, changes):
    answer = post(body(**changes))
    assert answer.status_code == 400
    problem = answer.json()
    assert problem["detail"].endswith(".") or ":" in problem["detail"]
    assert problem["error"]["errors"][0]["message"] == problem["detail"]
    assert not SubjectRequest.objects.exists()


def test_its_status_follows_what_officers_do(post, api, secret_key, scope, officers):
    number = post(body()).json()["subject_request_id"]
    status = lambda: api(secret_key).get(f"{PATH}/{number}").json()["request_status"]  # noqa: E731
    assert status() == "pending"
    request = verify.verify_by_hand(
        scope, SubjectRequest.objects.get(), method="account", note="x", actor="user:0"
    )
    for officer in officers:
        decide.approve(scope, request, officer)
    assert status() == "in_progress"
    gone = api(secret_key).delete(f"{PATH}/{number}")
    assert (gone.status_code, gone.json()["code"]) == (400, "too_late")


def test_a_pending_request_can_be_withdrawn(post, api, secret_key):
    number = post(body()).json()["subject_request_id"]
    assert api(secret_key).delete(f"{PATH}/{number}").status_code == 202
    assert api(secret_key).delete(f"{PATH}/{number}").status_code == 202
    assert api(secret_key).get(f"{PATH}/{number}").json()["request_status"] == "cancelled"


def test_a_withdrawn_requests_id_is_not_taken_again(post, api, secret_key):
    asked = body()
    post(asked)
    api(secret_key).delete(f"{PATH}/{asked['subject_request_id']}")
    answer = post(asked)
    assert (answer.status_code, answer.json()["code"]) == (409, "request_closed")
    assert "withdrawn" in answer.json()["detail"]


@pytest.mark.parametrize("number", ["42", "5f0c9d1e-8a34-4c2f-9b6d-0e7a1c3b5d42"])
def test_an_unknown_request_is_not_found(api, secret_key, number):
    assert api(secret_key).get(f"{PATH}/{number}").status_code == 404


def test_discovery_says_what_is_taken(api, secret_key, settings):
    settings.PUBLIC_URL = "http://{host}:8123"
    found = api(secret_key).get("/v1/opendsr/discovery").json()
    assert "erasure" in found["supported_subject_request_types"]
    assert found["processor_certificate"] == "http://alpha.localhost:8123/.well-known/opendsr.pem"


def test_a_key_needs_the_scope(api, tenant):
    reader = create_key(tenant=tenant, kind="secret", name="r", scopes=["privacy:read"])[1]
    assert api(reader).post(PATH, body(), content_type="application/json").status_code == 403
    with pytest.raises(ValueError, match="publishable"):
        create_key(tenant=tenant, kind="publishable", name="p", scopes=["privacy:write"])


class Sink(HTTPServer):
    """Somebody else's server, which answers as told and keeps what it got."""

    def __init__(self):
        self.got, self.answers = [], []
        super().__init__(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/dsr"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), content))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 200)
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def sink():
    server = Sink()
    yield server
    server.shutdown()
    server.server_close()


def test_a_change_of_status_is_told_signed_and_once(post, sink, scope, public_key):
    post(body(status_callback_urls=[sink.url]))
    assert callbacks.deliver(scope) == 1
    assert callbacks.deliver(scope) == 0
    request = SubjectRequest.objects.get()
    verify.verify_by_hand(scope, request, method="account", note="x", actor="user:0")  # still pending
    decide.cancel(scope, request, actor="user:0")
    assert callbacks.deliver(scope) == 1
    assert [json.loads(content)["request_status"] for _, content in sink.got] == ["pending", "cancelled"]
    head, content = sink.got[0]
    assert json.loads(content)["status_callback_url"] == sink.url
    public_key.verify(base64.b64decode(head["X-OpenDSR-Signature"]), content)


def test_a_refusal_is_tried_again_later_and_given_up_at_last(post, sink, scope):
    sink.answers = [503] * 20
    post(body(status_callback_urls=[sink.url]))
    for _ in range(len(callbacks.RETRIES) + 1):
        callbacks.deliver(scope)
        row = Callback.objects.exclude(status="").get()
        if row.next_at:
            Callback.objects.exclude(status="").update(next_at=row.request.received_at)
    assert (row.delivered_at, row.next_at, row.attempts) == (None, None, len(callbacks.RETRIES) + 1)
    assert "503" in row.trouble
    assert callbacks.deliver(scope) == 0


def test_no_callback_reaches_our_own_network(post, sink, scope, settings):
    post(body(status_callback_urls=[sink.url]))
    settings.OUTBOUND_TO_OWN_NETWORK = False
    assert (
        post(
            body(
                subject_identities=[{"identity_type": "email", "identity_value": "c@shop.example"}],
                status_callback_urls=[sink.url],
            )
        ).status_code
        == 400
    )
    Callback.objects.update(url=sink.url.replace("http:", "https:"))
    callbacks.deliver(scope)
    assert sink.got == []
    assert "private network" in Callback.objects.exclude(status="").get().trouble
