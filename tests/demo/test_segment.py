"""The marketer on the running demo: a segment is built and counted, and a campaign to it reviewed; nothing is sent."""

from __future__ import annotations

import datetime as dt

from tests.walks.marketer import Marketer
from tests.walks.waiting import until


def test_from_the_builder_to_the_review_of_a_campaign(demo, page, shoot):
    marketer = Marketer(page, demo.url("grocer"))
    marketer.sign_in("marketer", demo.password("grocer", "marketer"))
    name = f"Bread by e-mail, {dt.datetime.now():%d %b %H:%M:%S}"
    marketer.build_segment(name, category="bread")
    counted = marketer.segment_size()
    assert 0 < counted < 2_469
    page.locator(".seg-sample").scroll_into_view_if_needed()
    shoot(page, "segment-builder")
    segment = marketer.go_live()
    try:
        marketer.review_campaign(name, segment=name, holdout=10)
        # A worker looks at everybody after the segment has gone live.
        until(page, lambda: page.reload() and marketer.reach(), "somebody whom the campaign reaches")
        # Everybody agreed, as the segment asks; so only those held out get nothing.
        assert 0.8 * counted < marketer.reach() < counted
        shoot(page, "campaign")
    finally:
        marketer.archive_segment(segment)
