"""A history summed up per distinct item."""

from libc.math cimport exp2f, expf, log1pf
from libc.stdint cimport int32_t, int64_t, uint8_t

from .common cimport find

import numpy as np

from ..columns import CART_WEIGHT, HALF_LIVES, NEVER, SUMS, S, VIEW_WEIGHT, WEIGHTS, WINDOWS

cdef enum:
    VIEW = 1
    CART = 2
    PURCHASE = 3
    DAY = 86_400
    SPANS = 4

cdef int WIDTH = len(SUMS)
cdef int DAYS = S["days"], QUANTITY = S["quantity"], VALUE = S["value"], GAPS = S["gap_squares"]
cdef int VIEWS_1 = S["views_1"], VIEWS_14 = S["views_14"], CARTS_7 = S["carts_7"], BOUGHT = S["bought"]
cdef int FADE_30 = S["fade_30"], FADE_60 = S["fade_60"], FADE_180 = S["fade_180"]
cdef float FAR = NEVER, LOOK = VIEW_WEIGHT, HELD = CART_WEIGHT
cdef float[SPANS] window, rate
cdef int[SPANS] window_at, fade_at
for _i in range(SPANS):
    window[_i] = WINDOWS[_i]
    window_at[_i] = S[f"days_{WINDOWS[_i]:.0f}"]
    rate[_i] = -1 / HALF_LIVES[_i]
    fade_at[_i] = S[f"fade_{HALF_LIVES[_i]:.0f}"]
assert WEIGHTS == ("profile", "recent", "session", "faded")


def sum_up(
    const int64_t[::1] item_pk,
    const int64_t[::1] at,
    const uint8_t[::1] kind,
    const float[::1] quantity,
    const float[::1] value,
    const int32_t[::1] place,
    int64_t now,
    const int64_t[::1] known,
    const int32_t[::1] core_of,
):
    """The fields of `learning.shopper.Shopper` after ``now``, in their order.

    The history is in order of time; ``known``: the artefact's keys, ascending.
    """
    cdef int n = <int>item_pk.shape[0], i, j, k, d = -1, v = -1, items = 0, lines = 0, rows = 0, p
    cdef int64_t day, last_day = -1, bought_day = -1
    cdef float age, previous_age = 0

    key_ = np.empty(n, np.int64)
    visit_ = np.empty(n, np.int32)
    cdef int64_t[::1] key = key_
    cdef int32_t[::1] visit = visit_
    for i in range(n):
        k = find(known, item_pk[i])
        visit[i] = -1
        if kind[i] == PURCHASE:
            day = at[i] // DAY
            if v < 0 or day != last_day:
                v += 1
                last_day = day
            visit[i] = v
        if k >= 0:
            key[rows] = (<int64_t>k << 32) | i
            rows += 1
    cdef int visits = v + 1
    ages_, other_ = np.empty(visits, np.float32), np.zeros(visits, np.int32)
    cdef float[::1] ages = ages_
    cdef int32_t[::1] other = other_
    for i in range(n):
        if visit[i] >= 0:
            ages[visit[i]] = <float>max(0.0, now / <double>DAY - at[i] // DAY - 0.5)

    key_[:rows].sort()
    for i in range(rows):
        if i == 0 or (key[i] >> 32) != (key[i - 1] >> 32):
            items += 1
    rows_, core_ = np.empty(items, np.int32), np.empty(items, np.int32)
    sums_, weights_ = np.zeros((items, WIDTH), np.float32), np.empty((len(WEIGHTS), items), np.float32)
    last_, first_, looked_ = (np.full(items, NEVER, np.float32) for _ in range(3))
    start_, line_ = np.zeros(items + 1, np.int32), np.empty(rows, np.int32)
    # The purchases that count, for the places: a line of the history each.
    counted_ = np.empty(rows, np.int32)
    cdef int32_t[::1] row = rows_, core = core_, start = start_, line = line_, counted = counted_
    cdef float[:, ::1] sums = sums_, weights = weights_
    cdef float[::1] last = last_, first = first_, looked = looked_
    for i in range(rows):
        k = <int>(key[i] >> 32)
        j = <int>(key[i] & 0xFFFFFFFF)
        age = <float>max(0.0, (now - at[j]) / <double>DAY)
        if d < 0 or row[d] != k:
            d += 1
            row[d], core[d] = k, core_of[k]
            start[d] = lines
            bought_day = -1
        if kind[j] == PURCHASE:
            sums[d, QUANTITY] += quantity[j]
            sums[d, VALUE] += value[j]
            if first[d] == FAR or age > first[d]:
                first[d] = age
            last[d] = min(last[d], age)
            day = at[j] // DAY
            if day == bought_day:
                continue  # a line scanned twice is one purchase
            if bought_day >= 0:
                sums[d, GAPS] += (previous_age - age) * (previous_age - age)
            bought_day, previous_age = day, age
            sums[d, DAYS] += 1
            for p in range(SPANS):
                sums[d, window_at[p]] += age < window[p]
                sums[d, fade_at[p]] += exp2f(age * rate[p])
            line[lines], counted[lines] = visit[j], j
            lines += 1
        else:
            looked[d] = min(looked[d], age)
            if kind[j] == VIEW:
                sums[d, VIEWS_1] += exp2f(-age)
                sums[d, VIEWS_14] += exp2f(-age / 14)
            elif kind[j] == CART:
                sums[d, CARTS_7] += exp2f(-age / 7)
    start[items] = lines
    _count_others(kind, visit, key, rows, n, other)
    cdef float looks
    for d in range(items):
        sums[d, BOUGHT] = sums[d, DAYS] > 0
        looks = LOOK * sums[d, VIEWS_14] + HELD * sums[d, CARTS_7]
        weights[0, d] = 1 - expf(-2 * (sums[d, FADE_180] + looks))
        weights[1, d] = 1 - expf(-2 * (sums[d, FADE_30] + looks))
        weights[2, d] = 1 - expf(-2 * (sums[d, VIEWS_1] + sums[d, CARTS_7]))
        weights[3, d] = log1pf(sums[d, FADE_180] + sums[d, FADE_60] + sums[d, VIEWS_14] + sums[d, CARTS_7])

    # Stores, and how much each item was bought there lately.
    places_ = np.unique(np.asarray(place)[counted_[:lines]])
    places_ = places_[places_ >= 0]
    at_place_ = np.zeros((items, len(places_)), np.float32)
    cdef int32_t[::1] places = places_
    cdef float[:, ::1] at_place = at_place_
    for d in range(items):
        for i in range(start[d], start[d + 1]):
            for p in range(places.shape[0]):
                if places[p] == place[counted[i]]:
                    age = <float>max(0.0, (now - at[counted[i]]) / <double>DAY)
                    at_place[d, p] += exp2f(age * rate[2])
    return (
        rows_, core_, sums_, weights_, last_, first_, looked_, ages_, start_, line_[:lines], other_, places_, at_place_,
    )


cdef void _count_others(
    const uint8_t[::1] kind, int32_t[::1] visit, int64_t[::1] key, int rows, int n, int32_t[::1] other
) noexcept:
    """Purchase lines on each visit of items that the artefact does not know: all lines less the known ones."""
    cdef int i
    for i in range(n):
        if visit[i] >= 0:
            other[visit[i]] += 1
    for i in range(rows):
        if visit[<int>(key[i] & 0xFFFFFFFF)] >= 0:
            other[visit[<int>(key[i] & 0xFFFFFFFF)]] -= 1
