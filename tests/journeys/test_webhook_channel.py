"""Messages by signed webhook to a real server: signatures, retries, time-outs, and never into our own network."""

import pytest

from journeys.channels import webhook
from journeys.channels.base import Endpoint, Parcel, Permanent, Temporary
from journeys.delivery import breaker
from journeys.delivery.prepare import prepare
from journeys.models import Delivery, Message
from journeys.services.channels import BadChannel, save_endpoint
from tenants.outbound import is_public
from tenants.workspace.models import AuditRecord, ConnectorCredential

from .conftest import TRIGGER
from .sinks import SECRET, proves

SEND = ("send", {"template": "hello"})


@pytest.fixture
def hooked(sink, scope, inside):
    save_endpoint(scope.tenant_id, "email", "webhook", {"url": sink.url}, {"secret": SECRET}, actor="user:1")
    return sink


@pytest.fixture
def waiting(hooked, journey, template, shopper, happen, run):
    template()
    journey(TRIGGER, SEND)
    shopper()
    happen("Product Added")
    run()
    return Message.objects.get


def test_a_message_arrives_signed(waiting, hooked, deliver):
    deliver()
    [(headers, body)] = hooked.calls
    assert proves(headers, body)
    assert headers["Idempotency-Key"] == waiting().key
    [said] = hooked.bodies()
    assert (said["to"], said["subject"], said["shopper"]) == ("u1@example.com", "Hi Ada", {"user_id": "u1"})
    assert (waiting().state, waiting().provider_reference) == ("sent", "provider-7")


def test_a_temporary_error_is_tried_again_later(waiting, hooked, deliver):
    hooked.answers = [503]
    deliver()
    assert (waiting().state, waiting().reason) == ("delayed", "the server answered 503")
    assert deliver() == 0
    deliver(minutes=5)
    assert waiting().state == "sent"
    assert list(Delivery.objects.values_list("attempt", "result")) == [(1, "temporary"), (2, "sent")]


def test_a_repeated_call_has_the_same_key_and_body(waiting, hooked, deliver, happen):
    hooked.answers = [503]
    deliver()
    happen({"type": "identify", "userId": "u1", "traits": {"first_name": "Eve"}, "messageId": "eve"})
    deliver(minutes=5)
    (first, one), (second, two) = hooked.calls
    assert first["Idempotency-Key"] == second["Idempotency-Key"]
    assert one == two


def test_it_gives_up_at_last(waiting, hooked, deliver):
    hooked.answers = [500] * 20
    for _ in range(8):
        breaker.forget()
        deliver(hours=3)
    assert (waiting().state, waiting().reason) == ("failed", "the server answered 500, 6 times")


def test_a_refusal_is_final(waiting, hooked, deliver):
    hooked.answers = [410]
    deliver()
    assert (waiting().state, waiting().reason, len(hooked.calls)) == ("failed", "the server answered 410", 1)


def test_killed_in_mid_send_it_is_sent_again_with_the_same_key(waiting, hooked, deliver, scope):
    """The worker dies after the call and before the result: the lease runs out."""
    from django.utils import timezone

    ready, _ = prepare(scope, 10, timezone.now())
    webhook.send(ready[0].parcel, ready[0].endpoint)
    assert waiting().state == "sending"
    assert deliver() == 0
    deliver(minutes=2)
    assert waiting().state == "sent"
    assert hooked.delivered == {waiting().key: 2}, "the receiver sees the same key and drops the second"


def test_a_late_result_of_a_lost_lease_changes_nothing(waiting, hooked, deliver, scope):
    from django.utils import timezone

    from journeys.delivery.results import Fate, settle

    ready, _ = prepare(scope, 10, timezone.now())
    deliver(minutes=2)
    from django.db import connection
    from psycopg import Cursor

    late = Fate(ready[0].message, "failed", "too late", lease=ready[0].lease)
    with Cursor(connection.connection) as cursor:
        assert settle(cursor, scope, [late], timezone.now()) == []
    assert waiting().state == "sent"


def test_the_breaker_leaves_a_dead_endpoint_alone(waiting, hooked, deliver):
    hooked.answers = [503] * 100
    for _ in range(breaker.FAILURES):
        deliver(hours=3)
    calls = len(hooked.calls)
    deliver(hours=3)
    assert len(hooked.calls) == calls
    assert waiting().reason == "the channel does not answer at the moment"


def test_the_secret_is_sealed_and_audited(hooked, scope):
    credential = ConnectorCredential.objects.get()
    assert SECRET.encode() not in bytes(credential.sealed)
    record = AuditRecord.objects.get(action="channel changed")
    assert SECRET not in str(record.details)


def test_settings_that_cannot_work_are_refused(scope, inside, settings):
    settings.OUTBOUND_TO_OWN_NETWORK = False
    with pytest.raises(BadChannel) as bad:
        save_endpoint(
            scope.tenant_id, "email", "webhook", {"url": "http://x"}, {"secret": "short"}, actor="t"
        )
    assert bad.value.problems == [
        ("url", "The address can't be called. It must be an https address."),
        ("secret", "The signing secret needs 16 characters at least."),
    ]


PARCEL = Parcel("k", "email", "a@b.cd", "s", "t")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "[::ffff:127.0.0.1]", "10.0.0.1"]
)
def test_no_call_into_our_own_network(host, settings, sink):
    settings.OUTBOUND_TO_OWN_NETWORK = False
    endpoint = Endpoint("x", "webhook", {"url": f"https://{host}:{sink.server_port}/"}, {"secret": SECRET})
    with pytest.raises(Permanent, match="private network"):
        webhook.send(PARCEL, endpoint)
    assert sink.calls == []


@pytest.mark.parametrize(
    "address", ["64:ff9b::7f00:1", "2002:7f00:1::", "fe80::1%eth0", "0.0.0.0", "224.0.0.1", "100.64.0.1"]
)
def test_what_is_not_public(address):
    assert not is_public(address)


def test_a_server_that_is_away_is_temporary(sink):
    url = sink.url
    sink.shutdown()
    sink.server_close()
    with pytest.raises(Temporary, match="can't be reached"):
        webhook.send(PARCEL, Endpoint("x", "webhook", {"url": url}, {"secret": SECRET}))
