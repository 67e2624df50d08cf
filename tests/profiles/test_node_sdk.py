"""Segment's own Node library, unmodified, pointed at us."""

import pytest

from tests.sdks.run import MISSING, send_from_node

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.skipif(bool(MISSING), reason=MISSING)]


def test_a_round_trip(host, secret_key, process, shopper, rows):
    send_from_node(host, secret_key, "u1", "p1")
    assert process() == 7
    assert shopper("u1").features["demographics"]["age"] == 30
    assert shopper("u1-anonymous", "anonymous_id").pk == shopper("u1").pk
    assert rows("SELECT count(*) FROM {s}.profiles_interaction") == [(2,)]


def test_a_wrong_key_is_told(host, tenant):
    with pytest.raises(AssertionError, match="401"):
        send_from_node(host, "wrong", "u1", "p1")
