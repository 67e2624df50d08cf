"""Segments over the API."""

from ...profiles.conftest import viewed
from .conftest import act, all_of


def test_segments_are_listed_with_size_and_words(streaming, live, send, process, api, secret_key):
    live("Keen", all_of(act("viewed")))
    live("Later", all_of(act("bought")), draft=True)
    send(viewed("u1"))
    process()
    answer = api(secret_key).get("/api/v1/segments").json()
    assert [(s["segment"], s["status"], s["members"]) for s in answer["segments"]] == [
        ("keen", "live", 1),
        ("later", "draft", 0),
    ]
    assert answer["segments"][0]["who"] == "Viewed at least once in the last 30 days"
    assert api(secret_key).get("/api/v1/segments/keen").json() == answer["segments"][0]


def test_members_come_page_by_page(streaming, live, send, process, shopper, api, secret_key):
    live("Keen", all_of(act("viewed")))
    send(*[viewed(f"u{n}") for n in range(5)])
    process()
    first = api(secret_key).get("/api/v1/segments/keen/members?limit=3").json()
    rest = api(secret_key).get(f"/api/v1/segments/keen/members?cursor={first['next_cursor']}").json()
    assert (len(first["profiles"]), len(rest["profiles"]), rest["next_cursor"]) == (3, 2, None)
    members = {m["profile"]: m["user_ids"] for m in [*first["members"], *rest["members"]]}
    assert members == {str(shopper(f"u{n}").uuid): [f"u{n}"] for n in range(5)}
    assert {*first["profiles"], *rest["profiles"]} == {str(shopper(f"u{n}").uuid) for n in range(5)}


def test_a_profile_says_its_segments(streaming, live, send, process, api, secret_key):
    live("Keen", all_of(act("viewed")))
    send(viewed("u1"))
    process()
    [segment] = api(secret_key).get("/api/v1/profiles/u1").json()["segments"]
    assert (segment["segment"], segment["name"]) == ("keen", "Keen")


def test_the_neighbour_and_browsers_see_nothing(live, api, rival_key, publishable_key):
    live("Keen", all_of(act("viewed")))
    assert api(rival_key).get("/api/v1/segments").json() == {"segments": []}
    assert api(rival_key).get("/api/v1/segments/keen").status_code == 404
    assert api(rival_key).get("/api/v1/segments/keen/members").json()["code"] == "unknown_segment"
    assert api(publishable_key).get("/api/v1/segments").status_code == 403
