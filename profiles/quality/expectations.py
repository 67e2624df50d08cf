"""What is expected of the events that come in: each declared once, with what is looked at and how much may fail."""

from __future__ import annotations

from dataclasses import dataclass

PASS, WARN, FAIL, NONE = "pass", "warn", "fail", "none"
OFF = "off"  # not expected here


@dataclass(frozen=True)
class Expectation:
    """`of`: what is counted. More than `warn` or `fail` of it failing (shares) is told. `least`: fewer tell nothing.

    `advice`: what to do about it. `ge_type`: the name of the like in Great Expectations, for exports.
    """

    name: str
    label: str
    of: str
    description: str
    advice: str
    warn: float
    fail: float
    ge_type: str
    least: int = 20

    def judge(self, checked: int, failed: int, least: int | None = None) -> str:
        if checked < (self.least if least is None else least):
            return NONE
        share = failed / checked
        return FAIL if share > self.fail else WARN if share > self.warn else PASS


EXPECTATIONS: tuple[Expectation, ...] = (
    Expectation(
        "on_time",
        "Events come within a day",
        "events",
        "An event is received at most 24 hours after it happened.",
        "Look for a sender that holds events back, or for a device clock that is wrong.",
        0.05,
        0.25,
        "expect_column_pair_values_A_to_be_greater_than_B",
    ),
    Expectation(
        "item_named",
        "Product events name their product",
        "product events",
        "A product that is viewed, clicked, added or bought carries its id.",
        "Send properties.product_id, or products with product_id in each line.",
        0.01,
        0.10,
        "expect_column_values_to_not_be_null",
    ),
    Expectation(
        "item_known",
        "Products are in the catalogue",
        "product lines",
        "The product that an event names is an item of the catalogue.",
        "Load the missing items, or let events name products as the catalogue does.",
        0.05,
        0.25,
        "expect_column_values_to_be_in_set",
    ),
    Expectation(
        "price_given",
        "Order lines have a price",
        "order lines",
        "Each line of an order has a price above 0.",
        "Send price, as a number and per piece, in each of products.",
        0.02,
        0.20,
        "expect_column_values_to_be_between",
    ),
    Expectation(
        "quantity_sane",
        "Order lines have a likely quantity",
        "order lines",
        "A line orders between 1 and 1,000 pieces.",
        "Look whether quantity holds grams, or cents.",
        0.01,
        0.10,
        "expect_column_values_to_be_between",
    ),
    Expectation(
        "order_named",
        "Orders have a number",
        "orders",
        "An order carries its id, by which it counts once.",
        "Send properties.order_id with Order Completed.",
        0.01,
        0.10,
        "expect_column_values_to_not_be_null",
        10,
    ),
    Expectation(
        "order_adds_up",
        "Orders are worth what their lines say",
        "orders",
        "The revenue of an order is at least half and at most double the sum of its lines.",
        "Look whether revenue is in cents, or has another currency.",
        0.02,
        0.20,
        "expect_column_pair_values_to_be_equal",
        10,
    ),
    Expectation(
        "order_currency",
        "Orders are in the shop's currency",
        "orders",
        "An order that names a currency names the shop's.",
        "Convert amounts before they are sent; they are added up as they come.",
        0.0,
        0.05,
        "expect_column_values_to_be_in_set",
        1,
    ),
    Expectation(
        "buyer_known",
        "Orders say who bought",
        "orders",
        "An order carries the shopper's user id.",
        "Send userId with orders, or identify the visitor at checkout.",
        0.30,
        0.80,
        "expect_column_values_to_not_be_null",
        10,
    ),
)
BY_NAME = {one.name: one for one in EXPECTATIONS}
VOLUME, FRESH = "volume", "fresh"  # judged from the hours as a whole (see report)
EVENTS = "events"  # what volume counts
