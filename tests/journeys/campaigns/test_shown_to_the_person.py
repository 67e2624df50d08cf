"""What an export says of campaigns: their names and what became of them, no numbers; of that person only."""

from compliance.registry import stores
from journeys.campaigns import services
from profiles.subjects import resolve


def test_a_campaign_is_named(scope, audience, campaign, steps):
    audience(2)
    services.start(scope, campaign(name="Spring news"), actor="test")
    steps()
    [store] = [s for s in stores() if "journeys.CampaignMember.*" in s.covers]
    person = resolve(scope, [("user_id", "u1")])
    assert [(row["campaign"], row["what"]) for row in store.export(person)] == [
        ("Spring news", "handed over")
    ]
    assert (store.erase(person), store.verify(person), list(store.export(person))) == (1, 0, [])
    assert len(list(store.export(resolve(scope, [("user_id", "u0")])))) == 1
