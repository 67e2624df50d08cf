"""While an endpoint is left alone, messages wait: attempts that nobody made use up nothing."""

from journeys.delivery import breaker
from journeys.models import Delivery, Message
from journeys.services.channels import save_endpoint

from .conftest import TRIGGER, agree

SEND = ("send", {"template": "hello"})


def test_attempts_are_real_calls(journey, template, shopper, happen, run, deliver, scope):
    template(channel="webhook", text="x", html="")
    journey(TRIGGER, SEND)
    for number in range(14):
        shopper(f"u{number}", consent=False)
        agree(scope, f"u{number}", channel="webhook")
        happen("Product Added", user=f"u{number}")
    run()
    url = {"url": "http://127.0.0.1:9/x"}
    save_endpoint(scope.tenant_id, "webhook", "webhook", url, {"secret": "x" * 20}, actor="t")
    for _ in range(3):
        deliver(seconds=31)
        for state in breaker._states.values():
            state.open_until = 0.0
    made = {m.pk: Delivery.objects.filter(message=m).count() for m in Message.objects.all()}
    assert dict(Message.objects.values_list("pk", "attempts")) == made
    assert set(Message.objects.values_list("state", flat=True)) == {"delayed"}
