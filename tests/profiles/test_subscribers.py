"""Subscribers get the batch inside its transaction."""

from profiles.batch import ProcessedBatch
from tenants.crypto import blind_index

from .conftest import event, viewed

seen: list[tuple[str, ProcessedBatch]] = []


def remember(scope, batch):
    seen.append((scope.slug, batch))


def test_columns_and_changes(send, process, settings, shopper):
    settings.EVENT_SUBSCRIBERS = [f"{__name__}.remember"]
    seen.clear()
    send(viewed("u1", "i1", timestamp="2026-01-02T00:00:00Z"), event("page", userId="u1"))
    process()
    [(slug, batch)] = seen
    profile = shopper("u1")
    assert slug == "alpha"
    assert batch.profile_id.tolist() == [profile.pk]
    assert batch.at.tolist() == [1767312000]
    assert (batch.kind.tolist(), batch.quantity.tolist(), batch.place.tolist()) == ([1], [1.0], [-1])
    [changed] = batch.changed
    assert (changed.profile_id, changed.version, changed.events, changed.is_new) == (
        profile.pk,
        profile.version,
        2,
        True,
    )


def test_merges_are_told(send, process, settings, shopper):
    settings.EVENT_SUBSCRIBERS = [f"{__name__}.remember"]
    send(viewed("u1"), viewed(item="i2", anonymousId="a1"))
    process()
    visitor = shopper("a1", "anonymous_id")
    seen.clear()
    send(event("identify", userId="u1", anonymousId="a1"))
    process()
    assert seen[-1][1].merged == ((visitor.pk, shopper("u1").pk),)


def test_events_are_told_with_whose_they_are(send, process, settings, shopper):
    settings.EVENT_SUBSCRIBERS = [f"{__name__}.remember"]
    seen.clear()
    send(
        event("track", userId="u1", event="Quiz Done", properties={"score": 3}),
        event("page", userId="u1", name="Home"),
    )
    process()
    [(_, batch)] = seen
    told = [(h.type, h.name, h.properties, h.trusted) for h in batch.happened]
    assert told == [("track", "Quiz Done", {"score": 3}, True), ("page", "Home", {}, True)]
    assert {h.profile_id for h in batch.happened} == {shopper("u1").pk}


def test_the_unit_is_the_identifier_that_first_named_the_shopper(send, process, scope, shopper):
    send(event("page", anonymousId="a1"))
    process()
    assert bytes(shopper("a1", "anonymous_id").unit) == blind_index(scope.tenant_id, "anonymous_id", "a1")
    send(event("identify", userId="u1", anonymousId="a1"))
    process()
    assert bytes(shopper("u1").unit) == blind_index(scope.tenant_id, "anonymous_id", "a1")


def test_units_that_became_one_are_told_also_of_visitors_without_a_profile(
    send, process, settings, scope, shopper
):
    settings.EVENT_SUBSCRIBERS = [f"{__name__}.remember"]
    blind = {name: blind_index(scope.tenant_id, "anonymous_id", name) for name in ("a1", "a2", "a3")}
    send(viewed("u1"), viewed(item="i2", anonymousId="a1"))
    process()
    seen.clear()
    send(
        event("identify", userId="u1", anonymousId="a1"),  # had a profile
        event("identify", userId="u1", anonymousId="a2"),  # never seen before
        event("page", anonymousId="a3"),
        event("identify", userId="u1", anonymousId="a3"),  # known only within the batch
    )
    process()
    unit = bytes(shopper("u1").unit)
    assert {(gone, kept) for gone, kept in seen[-1][1].merged_units} == {(b, unit) for b in blind.values()}


def test_the_unit_of_a_user_known_from_requests_alone_is_told_when_a_visitor_turns_out_to_be_them(
    send, process, settings, scope, shopper
):
    settings.EVENT_SUBSCRIBERS = [f"{__name__}.remember"]
    send(event("page", anonymousId="a1"))
    process()
    seen.clear()
    send(event("identify", userId="u1", anonymousId="a1"))
    process()
    asked = blind_index(scope.tenant_id, "user_id", "u1")
    assert seen[-1][1].merged_units == ((asked, bytes(shopper("u1").unit)),)
