from __future__ import annotations

import pytest

from bench.load.k6 import LoadNotDelivered, read_summary


def metrics(count: float, **more: float) -> dict:
    return {
        "http_req_duration": {"p(50)": 1.5, "p(95)": 3, "p(99)": 4, "max": 9, "avg": 2},
        "http_reqs": {"count": count},
        "stage_profile": {"avg": 0.8, "count": count},
        "stage_guardrail": {"avg": 0, "count": 0},
        **{name: {"count": value} for name, value in more.items()},
    }


def test_percentiles_and_stages_are_read():
    found = read_summary(metrics(100, cached=3), planned=100)
    assert (found.p50, found.p95, found.p99, found.longest, found.cached) == (1.5, 3, 4, 9, 3)
    assert found.stages == {"profile": 0.8}


def test_a_rate_that_was_not_kept_is_no_measurement():
    with pytest.raises(LoadNotDelivered, match="90 of 100"):
        read_summary(metrics(90), planned=100)


def test_failed_requests_are_no_measurement():
    with pytest.raises(LoadNotDelivered, match="2 of 100"):
        read_summary(metrics(100, bad_answers=2), planned=100)
