"""Assignment: the same for ever, even, independent between experiments, and not moved by a ramp-up."""

from __future__ import annotations

import re
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from experiments.assignment import BUCKETS, bucket, choose, free, resized, shares, within

UNITS = [blake2b(str(n).encode(), digest_size=16).digest() for n in range(40_000)]
DOCUMENT = Path(__file__).parents[2] / "docs" / "experiments.md"


def published() -> list[tuple[str, bytes, int]]:
    rows = re.findall(r"^\| `(.*?)` \| `([0-9a-f]{32})` \| (\d+) \|$", DOCUMENT.read_text(), re.M)
    return [(salt, bytes.fromhex(unit), int(number)) for salt, unit, number in rows]


def test_the_published_vectors_hold():
    vectors = published()
    assert len(vectors) >= 8
    assert [bucket(salt, unit) for salt, unit, _ in vectors] == [number for *_, number in vectors]


@pytest.mark.usefixtures("db")
def test_the_database_computes_the_same_as_the_document_says():
    query = re.search(r"```sql\n(.*?)```", DOCUMENT.read_text(), re.S)
    with connection.cursor() as cursor:
        for salt, unit, number in published():
            cursor.execute(query.group(1).replace("%", "%%").replace(":salt", "%(salt)s").replace(":unit", "%(unit)s"),
                           {"salt": salt, "unit": unit})  # fmt: skip
            assert cursor.fetchone()[0] == number


def test_buckets_are_uniform():
    counts = np.bincount([bucket("uniform", unit) // 100 for unit in UNITS], minlength=100)
    assert stats.chisquare(counts).pvalue > 0.001


def test_two_salts_are_independent():
    table = np.zeros((10, 10))
    for unit in UNITS:
        table[bucket("one", unit) // 1000, bucket("two", unit) // 1000] += 1
    assert stats.chi2_contingency(table).pvalue > 0.001


def test_units_that_differ_in_one_bit_are_unrelated():
    apart = [bucket("bits", n.to_bytes(16, "big")) // 1000 for n in range(20_000)]
    assert stats.chisquare(np.bincount(apart, minlength=10)).pvalue > 0.001
    assert abs(np.corrcoef(apart[:-1], apart[1:])[0, 1]) < 0.03


@given(st.lists(st.integers(1, 100), min_size=1, max_size=8))
def test_each_variant_holds_its_share_of_the_buckets(parts):
    weights = [100 * part / sum(parts) for part in parts]
    ends = shares(weights)
    counts = np.bincount([choose(number, ends) for number in range(BUCKETS)], minlength=len(parts))
    assert ends[-1] == BUCKETS
    assert np.all(np.abs(counts - np.array(weights) * 100) <= 1)


def test_a_variant_of_weight_zero_gets_nobody():
    ends = shares([0, 50, 0, 50])
    assert {choose(number, ends) for number in range(BUCKETS)} == {1, 3}


@pytest.mark.parametrize("weights", [[50, 49.9], [60, 60], [-10, 110], []])
def test_weights_that_do_not_sum_are_refused(weights):
    with pytest.raises(ValueError, match=r"zero|sum to"):
        shares(weights)


WIDTHS = st.lists(st.integers(0, BUCKETS), min_size=1, max_size=6)


@given(WIDTHS, st.integers(0, 3_000))
def test_a_ramp_keeps_who_takes_part_and_meets_nobody_else(widths, taken):
    others = [[(4_000, 4_000 + taken)]]
    ranges: list[tuple[int, int]] = []
    for width in widths:
        wanted = min(width, BUCKETS - taken)
        grown = resized(ranges, wanted, others)
        assert sum(end - first for first, end in grown) == wanted
        assert not any(max(first, 4_000) < min(end, 4_000 + taken) for first, end in grown)
        before = sum(end - first for first, end in ranges)
        small, large = (ranges, grown) if wanted >= before else (grown, ranges)
        assert all(within(number, large) for first, end in small for number in range(first, end, 97))
        ranges = grown


def test_a_full_layer_says_how_much_is_left():
    with pytest.raises(ValueError, match="Only 25 % of the layer is free"):
        resized([], 3_000, [[(0, 5_000)], [(5_000, 7_500)]])


def test_gaps_between_experiments_are_found():
    assert free([[(100, 200)], [(0, 50), (9_000, 10_000)]]) == [(50, 100), (200, 9_000)]
