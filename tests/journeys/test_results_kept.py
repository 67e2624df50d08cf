"""What really happened is written down although the database went away in between."""

import pytest

from journeys.delivery import run as delivery
from journeys.models import Delivery, Message
from journeys.services.channels import save_endpoint

from .conftest import TRIGGER
from .sinks import SECRET

pytestmark = pytest.mark.usefixtures("committed")


def test_a_lost_connection_loses_no_result(sink, scope, journey, template, shopper, happen, run, monkeypatch):
    url = {"url": sink.url}
    save_endpoint(scope.tenant_id, "email", "webhook", url, {"secret": SECRET}, actor="t")
    template()
    journey(TRIGGER, ("send", {"template": "hello"}))
    shopper()
    happen("Product Added")
    run()
    real, failures = delivery.settle, [1, 2]

    def away(cursor, *rest):
        real(cursor, *rest)
        if failures:
            failures.pop()
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(delivery, "settle", away)
    delivery.deliver_once(scope)
    assert not failures
    assert Message.objects.get().state == "sent"
    assert [(d.attempt, d.result) for d in Delivery.objects.all()] == [(1, "sent")]
