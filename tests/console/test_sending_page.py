"""Settings → Sending: rules, channels and trying them, against a real HTTP server."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from journeys.models import ChannelEndpoint
from journeys.services.messages import policy_of
from tenants.db import tenant_connection
from tenants.workspace.models import AuditRecord

ADDRESS = "/admin/sending/"
SECRET = "a long enough secret"


@pytest.fixture
def marketer(console, filled):
    return console("marketer")


def said(answer) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def test_rules_are_saved_and_shown(marketer, tenant):
    rules = {
        "cap_day": "1",
        "cap_week": "4",
        "quiet_from": "21:30",
        "quiet_until": "08:00",
        "give_up_hours": "48",
    }
    answer = marketer.post(ADDRESS, {"do": "rules", **rules}, follow=True)
    policy = policy_of(tenant.pk)
    assert (policy.cap_day, policy.cap_week, f"{policy.quiet_from:%H:%M}", policy.give_up_hours) == (
        1,
        4,
        "21:30",
        48,
    )
    assert 'value="21:30"' in answer.content.decode()


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ({"cap_day": "many"}, "The number a day must be a whole number from 0 to 1,000."),
        ({"quiet_from": "21:00"}, "Quiet hours need a beginning and an end."),
    ],
)
def test_impossible_rules_get_a_sentence(marketer, rules, sentence):
    assert sentence in said(marketer.post(ADDRESS, {"do": "rules", **rules}, follow=True))


def test_what_a_server_needs_is_asked_for(marketer, tenant):
    answer = marketer.post(
        ADDRESS, {"do": "channel", "channel": "email", "kind": "smtp", "smtp.from_email": "x"}
    )
    (email, *_) = [c for c in answer.context["channels"] if c["key"] == "email"]
    assert email["open"]
    assert email["form"].problems == {
        "host": "Name the SMTP server.",
        "from_email": "Say from which address the e-mails come.",
    }
    with tenant_connection(tenant.schema_name):
        assert not ChannelEndpoint.objects.exists()


def test_a_secret_is_kept_sealed_and_never_shown_again(marketer, tenant):
    form = {"do": "channel", "channel": "sms", "kind": "webhook", "webhook.url": "https://hooks.example/x"}
    marketer.post(ADDRESS, {**form, "webhook.secret": SECRET})
    page = marketer.get(ADDRESS).content.decode()
    assert SECRET not in page
    assert "kept; type to replace it" in page
    # Saved again without a secret, the old one stays.
    marketer.post(ADDRESS, form)
    with tenant_connection(tenant.schema_name):
        row = ChannelEndpoint.objects.get()
        assert (row.config, row.credential is not None) == ({"url": "https://hooks.example/x"}, True)
        assert SECRET.encode() not in bytes(row.credential.sealed)
        assert AuditRecord.objects.filter(action="channel changed").count() == 2


SMTP = {"host": "mail.example", "port": "587", "security": "starttls", "from_email": "shop@example.com"}


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"host": "mail.elsewhere.example"}, "password"),
        ({"port": "2525"}, "password"),
        ({"security": "none"}, "password"),
        ({"from_email": "news@example.com"}, None),
        ({"host": "mail.elsewhere.example", "username": "u", "password": "another"}, None),
    ],
)
def test_a_kept_password_goes_to_no_other_server(marketer, tenant, changed, problem):
    def save(fields):
        form = {f"smtp.{name}": value for name, value in fields.items()}
        return marketer.post(ADDRESS, {"do": "channel", "channel": "email", "kind": "smtp", **form})

    save({**SMTP, "username": "u", "password": "the password"})
    answer = save({**SMTP, **changed})
    with tenant_connection(tenant.schema_name):
        saved = ChannelEndpoint.objects.get().config
    if problem is None:
        assert saved == {**SMTP, "port": 587, **{k: v for k, v in changed.items() if k in SMTP}}
    else:
        assert saved == {**SMTP, "port": 587}
        (email, *_) = [c for c in answer.context["channels"] if c["key"] == "email"]
        assert "type the user name and password again" in email["form"].problems[problem]


def test_a_kept_signing_secret_signs_for_no_other_address(marketer, tenant):
    form = {"do": "channel", "channel": "sms", "kind": "webhook", "webhook.url": "https://hooks.example/x"}
    marketer.post(ADDRESS, {**form, "webhook.secret": SECRET})
    marketer.post(ADDRESS, {**form, "webhook.url": "https://elsewhere.example/y"})
    with tenant_connection(tenant.schema_name):
        assert ChannelEndpoint.objects.get().config == {"url": "https://hooks.example/x"}


def test_an_analyst_reads_and_does_not_save(console, filled):
    analyst = console("analyst")
    assert analyst.get(ADDRESS).status_code == 200
    assert analyst.post(ADDRESS, {"do": "rules", "cap_day": "1"}).status_code == 403


@pytest.fixture
def sink():
    """An HTTP server that keeps what was posted; `sink.status` is what it answers."""
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append((self.headers, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            self.send_response(sink_status[0])
            self.end_headers()

        def log_message(self, *_):
            pass

    sink_status = [200]
    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield got, sink_status, f"http://127.0.0.1:{server.server_port}/hook"
    server.shutdown()
    server.server_close()


def test_a_channel_is_tried(marketer, sink, settings):
    got, status, url = sink
    settings.ALLOW_PRIVATE_TARGETS = True
    marketer.post(
        ADDRESS,
        {"do": "channel", "channel": "push", "kind": "webhook", "webhook.url": url, "webhook.secret": SECRET},
    )
    answer = marketer.post(ADDRESS, {"do": "try", "channel": "push", "to": "device-1"}, follow=True)
    assert "The test was taken" in said(answer)
    ((headers, body),) = got
    assert headers["Webhook-Signature"].startswith("v1,")
    assert body["subject"] == "A test from Alpha Grocers"
    status[0] = 403
    answer = marketer.post(ADDRESS, {"do": "try", "channel": "push", "to": "device-1"}, follow=True)
    assert "It was not taken: the server answered 403." in said(answer)


def test_the_sandbox_and_a_bad_address_are_not_tried(marketer, tenant):
    sandbox = marketer.post(ADDRESS, {"do": "try", "channel": "email", "to": "jo@example.com"}, follow=True)
    assert "leads to the sandbox" in said(sandbox)
    smtp = {"smtp.host": "mail.example", "smtp.from_email": "shop@example.com", "smtp.port": "587"}
    marketer.post(ADDRESS, {"do": "channel", "channel": "email", "kind": "smtp", **smtp})
    bad = marketer.post(ADDRESS, {"do": "try", "channel": "email", "to": "nowhere"}, follow=True)
    assert "address" in said(bad)
