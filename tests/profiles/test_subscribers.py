"""Subscribers get the batch inside its transaction."""

from profiles.batch import ProcessedBatch

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
