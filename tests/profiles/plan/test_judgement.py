"""What the tracking plan does with an event that does not keep to it."""

from __future__ import annotations

import orjson
import pytest

from profiles.flags import STRIPPED, UNPLANNED, VIOLATES
from profiles.models import DeadLetter, Event
from profiles.plan import segment_form
from profiles.plan.document import BadPlan, checked
from tenants import vault
from tenants.crypto import unseal
from tenants.db import tenant_connection

from .conftest import ORDER, planned


def order(**properties):
    return {
        "type": "track",
        "userId": "u1",
        "event": "Order Completed",
        "properties": {"order_id": "1", **properties},
    }


@pytest.fixture
def stored(scope):
    """The only event as the door stored it: (flags, what was sealed)."""

    def read():
        with tenant_connection(scope.schema):
            event = Event.objects.get()
            key = vault.existing_person_keys(scope.tenant_id, [bytes(event.handle)])[bytes(event.handle)]
            return event.flags, orjson.loads(unseal(key, bytes(event.payload)))

    return read


def test_without_a_plan_nothing_is_said(send, stored):
    assert send(order(revenue="much")).json()["accepted"] == 1
    assert stored()[0] == 0


def test_what_keeps_to_the_plan_is_taken_unmarked(plan, send, stored):
    plan(planned(), violations="reject")
    assert send(order(revenue=3.5, products=[{"product_id": "a", "price": 1}])).json()["accepted"] == 1
    assert stored()[0] == 0


def test_a_violation_is_taken_and_marked_with_the_field_and_the_reason(plan, send, stored):
    plan(planned(), violations="flag")
    assert send(order(products=[{"price": "1.99"}])).json()["accepted"] == 1
    flags, sealed = stored()
    assert flags == VIOLATES
    assert sealed["plan"] == [["properties.products[0].price", "must be a number, not a text"]]
    assert sealed["event"]["properties"]["products"] == [{"price": "1.99"}]


def test_what_does_not_fit_and_what_is_not_planned_is_taken_out(plan, send, stored):
    plan(planned(), violations="strip")
    send(order(revenue="much", colour="red", coupon="SPRING"))
    flags, sealed = stored()
    assert flags == VIOLATES | STRIPPED
    assert sealed["event"]["properties"] == {"order_id": "1", "coupon": "SPRING"}


def test_a_list_with_a_wrong_entry_goes_as_a_whole(plan, send, stored):
    plan(planned(), violations="strip")
    send(order(products=[{"product_id": "a"}, {"product_id": 7}]))
    assert stored()[1]["event"]["properties"] == {"order_id": "1"}


def test_a_refused_event_is_a_letter_that_names_the_field(plan, send, scope):
    plan(planned(), violations="reject")
    answer = send(order(revenue=-1)).json()
    assert answer["accepted"] == 0
    assert answer["rejected"][0]["reason"] == "plan_violation"
    assert answer["rejected"][0]["path"] == "properties.revenue"
    with tenant_connection(scope.schema):
        letter = DeadLetter.objects.get()
    assert (letter.reason, letter.event, letter.path, letter.source) == (
        "plan_violation", "Order Completed", "properties.revenue", "http",
    )  # fmt: skip
    assert letter.detail == "properties.revenue must be at least 0."


def test_the_value_itself_is_never_in_the_reason(plan, send, scope):
    plan(planned(), violations="reject")
    send(order(coupon="Jane Roe, 12 Elm Street"))
    with tenant_connection(scope.schema):
        assert "Elm" not in DeadLetter.objects.get().detail


def test_an_event_may_have_an_action_of_its_own(plan, send):
    plan(planned(violations="reject"), planned("Product Added"), violations="flag")
    assert send(order(revenue="much")).json()["accepted"] == 0
    assert send({**order(revenue="much"), "event": "Product Added"}).json()["accepted"] == 1


@pytest.mark.parametrize(
    ("unplanned", "taken", "flags"), [("allow", 1, 0), ("flag", 1, UNPLANNED), ("reject", 0, None)]
)
def test_events_that_are_not_in_the_plan(plan, send, stored, unplanned, taken, flags):
    plan(planned(), unplanned=unplanned)
    answer = send({"type": "track", "userId": "u1", "event": "Wobbled"}).json()
    assert answer["accepted"] == taken
    if taken:
        assert stored()[0] == flags
    else:
        assert answer["rejected"][0]["detail"] == "“Wobbled” is not in the tracking plan."


def test_null_in_an_optional_field_is_no_violation_and_in_a_needed_one_it_is_missing(plan, send, scope):
    plan(planned(), violations="reject")
    assert send(order(revenue=None, coupon=None)).json()["accepted"] == 1
    answer = send(order(order_id=None)).json()
    assert answer["rejected"][0]["detail"] == "properties.order_id is missing."


def test_the_traits_of_an_identify_are_judged(plan, send):
    schema = {"type": "object", "properties": {"age": {"type": "integer"}}}
    plan(planned("", "identify", schema=schema), violations="reject")
    answer = send({"type": "identify", "userId": "u1", "traits": {"age": "old"}}).json()
    assert answer["rejected"][0]["path"] == "traits.age"


def test_a_page_without_a_plan_of_its_own_is_judged_by_the_plan_for_all_pages(plan, send):
    schema = {"type": "object", "required": ["url"]}
    plan(
        planned("", "page", schema=schema),
        planned("Cart", "page", schema={"type": "object"}),
        violations="reject",
    )
    assert send({"type": "page", "userId": "u1", "name": "Home"}).json()["accepted"] == 0
    assert send({"type": "page", "userId": "u1", "name": "Cart"}).json()["accepted"] == 1


def test_one_tenants_plan_says_nothing_of_anothers_events(plan, send, rival_key):
    plan(planned(), violations="reject", unplanned="reject")
    assert send(order(revenue="much"), key=rival_key).json()["accepted"] == 1


def test_a_closed_schema_names_what_is_too_much(plan, send):
    plan(planned(schema={**ORDER, "additionalProperties": False}), violations="reject")
    answer = send(order(colour="red")).json()
    assert answer["rejected"][0]["detail"] == "properties.colour is not in the plan."


CONTEXT = {
    "type": "object",
    "required": ["app"],
    "properties": {"app": {"type": "string"}, "locale": {"type": "string", "maxLength": 5}},
}


@pytest.mark.parametrize("where", ["event", "batch"])
def test_the_context_is_judged_where_the_plan_says_something_of_it(plan, api, secret_key, stored, where):
    plan(planned(context=CONTEXT), violations="flag")
    said = {"context": {"app": 5, "library": {"name": "x"}}}
    body = {"batch": [order()], **said} if where == "batch" else {"batch": [{**order(), **said}]}
    assert api(secret_key).post("/v1/batch", body, content_type="application/json").json()["accepted"] == 1
    flags, sealed = stored()
    assert flags == VIOLATES
    assert sealed["plan"] == [["context.app", "must be a text, not a whole number"]]


def test_a_context_that_fits_is_unmarked(plan, send, stored):
    plan(planned(context=CONTEXT), violations="reject")
    assert send({**order(), "context": {"app": "shop", "page": {"path": "/"}}}).json()["accepted"] == 1
    assert stored()[0] == 0


def test_an_event_without_the_context_that_is_asked_for_is_refused(plan, send):
    plan(planned(context=CONTEXT), violations="reject")
    refused = send(order()).json()["rejected"]
    assert [(r["path"], r["reason"]) for r in refused] == [("context.app", "plan_violation")]


@pytest.mark.parametrize("where", ["event", "batch"])
def test_what_does_not_fit_in_a_context_is_taken_out_and_the_rest_stays(plan, api, secret_key, stored, where):
    plan(planned(context={**CONTEXT, "required": []}), violations="strip")
    said = {"context": {"locale": "far too long"}}
    body = {"batch": [order()], **said} if where == "batch" else {"batch": [{**order(), **said}]}
    assert api(secret_key).post("/v1/batch", body, content_type="application/json").json()["accepted"] == 1
    flags, sealed = stored()
    assert flags == VIOLATES | STRIPPED
    assert sealed["event"]["context"] == {}
    assert "context" not in sealed or where == "event"
    assert sealed["event"]["properties"] == {"order_id": "1"}


def test_segments_form_keeps_what_is_said_of_the_context():
    document = {"events": [{**planned(context=CONTEXT), "description": ""}]}
    rules = segment_form.write(document, "Plan")
    assert segment_form.read(rules)["events"][0]["context"] == CONTEXT
    without = segment_form.write({"events": [{**planned(), "description": ""}]}, "Plan")
    assert "context" not in segment_form.read(without)["events"][0]


def test_a_schema_of_the_context_that_can_not_be_run_is_refused(scope):
    bad = planned(context={"$ref": "http://elsewhere.example"})
    with pytest.raises(BadPlan) as error:
        checked({"events": [bad]})
    assert [fault.where for fault in error.value.faults] == ["events[0].context.$ref"]
