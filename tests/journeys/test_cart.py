"""What still lies in a cart: read from what was stored, asked by conditions, shown by templates."""

import pytest

from catalog.models import Item
from journeys.cart import Cart
from journeys.facts import Facts
from journeys.graph import validate
from journeys.models import InboxMessage, Step

from .conftest import TRIGGER, graph, opened

RULE = {"subject": "cart", "name": "items", "operator": "at_least", "value": 1}
FILLED = ("condition", {"condition": {"rules": [RULE]}})
pytestmark = pytest.mark.usefixtures("inside")


@pytest.fixture
def answer(journey, happen, run):
    """What the condition says after these events: (name, properties) each."""

    def ask(*events) -> tuple[str, str]:
        journey(TRIGGER, ("delay", {"seconds": 3600}), FILLED)
        for name, properties in events:
            happen(name, properties=properties)
        run()
        run(hours=2)
        step = Step.objects.get(node="n2")
        return step.port, step.reason

    return ask


ADDED, REMOVED = "Product Added", "Product Removed"
I1, I2 = {"product_id": "i1"}, {"product_id": "i2"}


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([(ADDED, I1)], ("yes", "1 item in the cart")),
        ([(ADDED, I1), (ADDED, I2), (REMOVED, I1)], ("yes", "1 item in the cart")),
        ([(ADDED, I1), (REMOVED, I1)], ("no", "nothing in the cart")),
        ([(ADDED, {**I1, "quantity": 3}), (REMOVED, I1)], ("yes", "1 item in the cart")),
        ([(ADDED, I1), (REMOVED, I1), (REMOVED, I1), (ADDED, I1)], ("yes", "1 item in the cart")),
        ([(ADDED, I1), ("Order Completed", {"products": [I1]})], ("no", "nothing in the cart")),
        ([(ADDED, {})], ("yes", "1 item in the cart")),
    ],
)  # fmt: skip
def test_what_is_left(answer, events, expected):
    assert answer(*events) == expected


def test_the_simulator_counts_alike():
    cart = Cart()
    cart.happened("product added ", {"product_id": "i1", "quantity": "2"})
    cart.happened("Product Added", {"sku": "i2"})
    cart.happened("Product Removed", {"product_id": "i1", "quantity": 2})
    assert cart.items == ("i2",)
    cart.happened("Order Completed", {})
    assert cart.items == ()


def test_other_questions_about_the_cart_are_refused():
    raw = graph(TRIGGER, ("condition", {"condition": {"rules": [{**RULE, "name": "worth"}]}}))
    [problem] = validate(raw, Facts())
    assert problem.message == "Of the cart one may ask for its “items”, not for “worth”."


def test_a_message_shows_what_is_in_the_cart_now(journey, template, shopper, happen, run, deliver, scope):
    Item.objects.create(external_id="i1", title="Green tea")
    Item.objects.create(external_id="i2", title="Honey")
    template(html="{% for left in cart.items %}[{{ left.title }}]{% endfor %}")
    journey(TRIGGER, ("send", {"template": "hello"}))
    shopper()
    happen(ADDED, properties=I1)
    happen(ADDED, properties=I2)
    happen(REMOVED, properties=I1)
    run()
    deliver()
    [message] = InboxMessage.objects.all()
    html = opened(scope, message.content, message.unit)["html"]
    assert "[Honey]" in html
    assert "Green tea" not in html
