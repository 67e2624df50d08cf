"""An answer leaves nothing for the garbage collector, whose runs stop everybody who waits."""

import gc

import pytest

pytestmark = pytest.mark.usefixtures("shop")


def test_uncached_answers_leave_no_rings_of_objects(api, secret_key):
    client = api(secret_key)
    for number in range(3):
        assert client.get(f"/api/v1/recommendations?user_id=somebody&n={number}").status_code == 200
    gc.collect()
    gc.disable()
    try:
        for number in range(5):
            client.get(f"/api/v1/recommendations?user_id=somebody&n=again-{number}")
        # What the test's own client leaves is the same for an answer from the cache.
        made = gc.collect()
        for _ in range(5):
            client.get("/api/v1/recommendations?user_id=somebody&n=again-4")
        cached = gc.collect()
    finally:
        gc.enable()
    assert made - cached < 5 * 10  # a view with its request is about forty
