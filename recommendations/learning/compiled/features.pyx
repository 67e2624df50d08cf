"""The numbers of candidates for one shopper, as `learning.features` describes them."""

from libc.math cimport exp2f, fabs, log1pf, logf, sqrt, sqrtf
from libc.stdint cimport int32_t, uint16_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy

from .common cimport dot, find, widened

import numpy as np

from ..columns import FEATURES, GROUPS, INDEX, ITEM_STATS, NEVER, OWN, S, WEIGHTS

cdef enum:
    WIDEST = 9  # most columns that a group of items is summed over
    KINDS = 5

WEIGHT_ROW = {name: row for row, name in enumerate(WEIGHTS)}
NOTHING = np.zeros(0, np.int32)
cdef float FAR = NEVER
cdef int WIDTH = len(FEATURES), STATS = len(ITEM_STATS), FIRST_STAT = INDEX[ITEM_STATS[0]], OWNS = len(OWN)
cdef int S_DAYS = S["days"], S_QUANTITY = S["quantity"], S_VALUE = S["value"], S_GAPS = S["gap_squares"]
cdef int S_DAYS_31 = S["days_31"]
cdef int[16] own_sum
for _i, _name in enumerate(OWN):
    assert INDEX[f"own_{_name}"] == _i
    own_sum[_i] = S[_name]

# Per kind of group: where its first column lies, and which sums it holds; then quantity and value for the category.
GROUP_NAMES = tuple(GROUPS)
assert GROUP_NAMES[0] == "category" and len(GROUPS) == KINDS
cdef int[KINDS] group_first, group_width, group_last
cdef int[KINDS][WIDEST] group_sum
for _i, _name in enumerate(GROUPS):
    group_first[_i] = INDEX[f"{_name}_{GROUPS[_name][0]}"]
    group_width[_i] = len(GROUPS[_name])
    group_last[_i] = INDEX.get(f"{_name}_last", -1)
    for _j, _column in enumerate(GROUPS[_name]):
        assert INDEX[f"{_name}_{_column}"] == group_first[_i] + _j
        group_sum[_i][_j] = S[_column]

cdef int OWN_DAYS = INDEX["own_days"], OWN_FADE_30 = INDEX["own_fade_30"], OWN_FADE_60 = INDEX["own_fade_60"]
cdef int OWN_FADE_180 = INDEX["own_fade_180"]
cdef int OWN_RATE_30 = INDEX["own_rate_30"], OWN_RATE_60 = INDEX["own_rate_60"], OWN_RATE_180 = INDEX["own_rate_180"]
cdef int OWN_RATE_SINCE = INDEX["own_rate_since"], OWN_VISITS_SINCE = INDEX["own_visits_since"]
cdef int CATEGORY_RATE_60 = INDEX["category_rate_60"]
cdef int OWN_LAST = INDEX["own_last"], OWN_FIRST = INDEX["own_first"], OWN_GAP = INDEX["own_gap"]
cdef int OWN_GAP_SPREAD = INDEX["own_gap_spread"], OWN_DUE = INDEX["own_due"], OWN_EXPECTED = INDEX["own_expected"]
cdef int OWN_SHARE = INDEX["own_share"], OWN_LOOKED = INDEX["own_looked"]
cdef int CATEGORY_DAYS = INDEX["category_days"], CATEGORY_FADE_60 = INDEX["category_fade_60"]
cdef int CATEGORY_FADE_180 = INDEX["category_fade_180"], CATEGORY_BOUGHT = INDEX["category_bought"]
cdef int CATEGORY_LAST = INDEX["category_last"], CATEGORY_GAP = INDEX["category_gap"]
cdef int CATEGORY_DUE = INDEX["category_due"], CATEGORY_VARIETY = INDEX["category_variety"]
cdef int LINE_FADE_180 = INDEX["line_fade_180"], LINE_LAST = INDEX["line_last"], LINE_DUE = INDEX["line_due"]
cdef int PRICE_STEP = INDEX["price_step"], LOG_PRICE = INDEX["log_price"], ITEM_GAP = INDEX["item_gap"]
cdef int VISITS = INDEX["visits"], VISITS_31 = INDEX["visits_31"], VISIT_LAST = INDEX["visit_last"]
cdef int VISIT_GAP = INDEX["visit_gap"], VISIT_DUE = INDEX["visit_due"], LINES = INDEX["lines"]
cdef int NOVELTY_31 = INDEX["novelty_31"], MEAN_PRICE = INDEX["mean_price"]
cdef int PLACE_31 = INDEX["place_31"], PLACE_IDLE = INDEX["place_idle"]

# What is this small beside sums of that size is rounding, not evidence.
cdef double NOISE = 1e-12, NO_LIKENESS = 1e-7


cdef struct Summary:
    # Of all items that a line may know of.
    double days, quantity, value, begun, days_31
    int visits, visits_31
    float visit_last, visit_first
    double fade_30, fade_60, fade_180
    int place


def compute(shopper, const int32_t[::1] rows, arrays, int place, gone_start=None, gone=None):
    """float32 [R, len(FEATURES)] for the catalogue ``rows``; see `learning.features.features`.

    Line r may not know of the shopper's items gone[gone_start[r]:gone_start[r + 1]] (positions, int32).
    """
    cdef int R = <int>rows.shape[0], r, d, f, k, i
    answer = np.zeros((R, WIDTH), np.float32)
    if not R:
        return answer
    cdef float[:, ::1] out = answer
    cdef const int32_t[::1] mine = shopper.rows, core_of = arrays["core_of"]
    cdef const float[:, ::1] sums = shopper.sums, weights = shopper.weights
    cdef const float[::1] last = shopper.last, first = shopper.first, looked = shopper.looked
    cdef const float[:, ::1] stats = arrays["item_stats"]
    for r in range(R):
        if not 0 <= rows[r] < stats.shape[0]:
            raise IndexError(f"the catalogue has no row {rows[r]}")
    cdef int D = <int>mine.shape[0]
    cdef bint masked = gone is not None
    cdef const int32_t[::1] lost_start = gone_start if masked else NOTHING, lost = gone if masked else NOTHING
    hidden_ = np.zeros(max(D, 1), np.int32)
    own_ = np.full(R, -1, np.int32)
    core_ = np.empty(R, np.int32)
    cdef int32_t[::1] hidden = hidden_, own = own_, core = core_
    cdef float* line
    cdef float gaps, mean

    for r in range(R):
        line = &out[r, 0]
        core[r] = core_of[rows[r]]
        memcpy(line + FIRST_STAT, &stats[rows[r], 0], STATS * sizeof(float))
        line[OWN_LAST] = line[OWN_FIRST] = line[OWN_GAP] = line[OWN_LOOKED] = FAR
        d = find(mine, rows[r])
        if d >= 0 and masked:
            for i in range(lost_start[r], lost_start[r + 1]):
                if lost[i] == d:
                    d = -1
                    break
        own[r] = d
        if d < 0:
            continue
        for f in range(OWNS):
            line[f] = sums[d, own_sum[f]]
        line[OWN_LAST], line[OWN_FIRST], line[OWN_LOOKED] = last[d], first[d], looked[d]
        gaps = max(line[OWN_DAYS] - 1, <float>1)
        mean = (first[d] - last[d]) / gaps
        if line[OWN_DAYS] > 1:
            line[OWN_GAP] = mean
        line[OWN_GAP_SPREAD] = sqrtf(max(sums[d, S_GAPS] / gaps - mean * mean, <float>0))

    for k in range(KINDS):
        _group(k, arrays[GROUP_NAMES[k]], shopper, rows, masked, lost_start, lost, hidden, out)
    _habits(shopper, masked, lost_start, lost, out)
    for r in range(R):
        _due(&out[r, 0])
    _places(shopper, arrays, place, core, masked, lost_start, lost, out)
    if D:
        _sparse(shopper, arrays, "ease", ("profile", "recent"), core, masked, lost_start, lost, out)
        _sparse(
            shopper, arrays, "together", ("profile", "recent", "session"), core, masked, lost_start, lost, out
        )
        _dense(shopper, arrays, "content", ("profile", "session"), rows, masked, lost_start, lost, out)
        _dense(shopper, arrays, "hybrid", ("profile",), rows, masked, lost_start, lost, out)
        _dense(shopper, arrays, "factors", ("faded",), core, masked, lost_start, lost, out)
    return answer


cdef _group(
    int kind, const int32_t[::1] code, shopper, const int32_t[::1] rows, bint masked, const int32_t[::1] lost_start,
    const int32_t[::1] lost, int32_t[::1] hidden, float[:, ::1] out,
):
    """Sums over the shopper's items that share a candidate's group, and the age of the last purchase among them."""
    cdef const int32_t[::1] mine = shopper.rows
    cdef const float[:, ::1] sums = shopper.sums
    cdef const float[::1] last = shopper.last
    cdef int R = <int>rows.shape[0], D = <int>mine.shape[0], r, d, c, i, groups = 0, top = 0
    cdef int width = group_width[kind], first = group_first[kind]
    cdef float* line
    for r in range(R):
        top = max(top, code[rows[r]])
    # Which of the wanted groups a code is, plus one.
    cdef int* number = <int*>calloc(top + 1, sizeof(int))
    cdef int* group = <int*>malloc(R * sizeof(int))
    for r in range(R):
        if not number[code[rows[r]]]:
            groups += 1
            number[code[rows[r]]] = groups
        group[r] = number[code[rows[r]]] - 1
    # Members of each group: a list of positions from start[g] on.
    cdef int* start = <int*>calloc(groups + 2, sizeof(int))
    cdef int* member = <int*>malloc(max(D, 1) * sizeof(int))
    cdef float* whole = <float*>malloc(groups * (WIDEST + 3) * sizeof(float))
    cdef float* cell
    for d in range(D):
        c = code[mine[d]]
        if c <= top and number[c]:
            start[number[c] + 1] += 1
    for i in range(groups):
        start[i + 1] += start[i]
    start[groups + 1] += start[groups]
    for d in range(D):
        c = code[mine[d]]
        if c <= top and number[c]:
            member[start[number[c]]] = d
            start[number[c]] += 1
    # start[g + 1] is now the end of group g, and start[g] its begin.
    for i in range(groups):
        _sum_members(kind, sums, last, member + start[i], start[i + 1] - start[i], hidden, 0, whole + i * (WIDEST + 3))
    cdef float[WIDEST + 3] own_cell
    for r in range(R):
        line = &out[r, 0]
        i = group[r]
        cell = whole + i * (WIDEST + 3)
        if masked and lost_start[r + 1] > lost_start[r]:
            for c in range(lost_start[r], lost_start[r + 1]):
                hidden[lost[c]] = (r + 1) * KINDS + kind
            cell = own_cell
            _sum_members(
                kind, sums, last, member + start[i], start[i + 1] - start[i], hidden, (r + 1) * KINDS + kind, cell
            )
        for c in range(width):
            line[first + c] = cell[c]
        if group_last[kind] >= 0:
            line[group_last[kind]] = cell[WIDEST]
        if kind == 0:
            _price(line, cell[WIDEST + 1], cell[WIDEST + 2])
    free(number)
    free(group)
    free(start)
    free(member)
    free(whole)


cdef void _sum_members(
    int kind, const float[:, ::1] sums, const float[::1] last, int* member, int count, int32_t[::1] hidden, int mark,
    float* cell,
) noexcept:
    cdef double[WIDEST + 2] total
    cdef float newest = FAR
    cdef int i, c, d
    for c in range(WIDEST + 2):
        total[c] = 0
    for i in range(count):
        d = member[i]
        if mark and hidden[d] == mark:
            continue
        for c in range(group_width[kind]):
            total[c] += sums[d, group_sum[kind][c]]
        newest = min(newest, last[d])
        if kind == 0:
            total[WIDEST] += sums[d, S_QUANTITY]
            total[WIDEST + 1] += sums[d, S_VALUE]
    for c in range(WIDEST):
        cell[c] = <float>total[c]
    cell[WIDEST] = newest
    cell[WIDEST + 1], cell[WIDEST + 2] = <float>total[WIDEST], <float>total[WIDEST + 1]


cdef void _price(float* line, float quantity, float value) noexcept:
    """Log ratio of the item's price to what the shopper pays in its category; 0 where either is unknown."""
    cdef float paid = value / max(quantity, <float>1e-3)
    if paid > 0 and line[LOG_PRICE] > 0:
        line[PRICE_STEP] = line[LOG_PRICE] - log1pf(paid)


cdef _habits(
    shopper, bint masked, const int32_t[::1] lost_start, const int32_t[::1] lost, float[:, ::1] out
):
    """How often the shopper comes and how much is new in what they buy."""
    cdef const float[:, ::1] sums = shopper.sums
    cdef const float[::1] first = shopper.first, ages = shopper.visit_ages
    cdef const int32_t[::1] start = shopper.visit_start, visit = shopper.visit_of, other = shopper.visit_other
    cdef int V = <int>ages.shape[0], D = <int>sums.shape[0], R = <int>out.shape[0], r, d, v, i, j
    cdef Summary whole, mine
    # Lines on each visit that may be known of, and the visits' weights.
    count_, left_ = np.array(other, np.int32), np.empty(max(V, 1), np.int32)
    faded_ = np.empty((3, max(V, 1)), np.float32)
    cdef int32_t[::1] count = count_, left = left_
    cdef float[:, ::1] faded = faded_
    for v in range(V):
        faded[0, v], faded[1, v], faded[2, v] = exp2f(-ages[v] / 30), exp2f(-ages[v] / 60), exp2f(-ages[v] / 180)
    for i in range(visit.shape[0]):
        count[visit[i]] += 1
    whole.days = whole.quantity = whole.value = whole.begun = whole.days_31 = 0
    for d in range(D):
        whole.days += sums[d, S_DAYS]
        whole.quantity += sums[d, S_QUANTITY]
        whole.value += sums[d, S_VALUE]
        whole.days_31 += sums[d, S_DAYS_31]
        whole.begun += first[d] < 31 and sums[d, S_DAYS] > 0
    _visits(ages, faded, count, V, &whole)
    for r in range(R):
        if not masked or lost_start[r] == lost_start[r + 1]:
            _habit(&out[r, 0], ages, count, V, &whole)
            continue
        for v in range(V):
            left[v] = count[v]
        mine = whole
        for i in range(lost_start[r], lost_start[r + 1]):
            d = lost[i]
            mine.days -= sums[d, S_DAYS]
            mine.quantity -= sums[d, S_QUANTITY]
            mine.value -= sums[d, S_VALUE]
            mine.days_31 -= sums[d, S_DAYS_31]
            mine.begun -= first[d] < 31 and sums[d, S_DAYS] > 0
            for j in range(start[d], start[d + 1]):
                left[visit[j]] -= 1
        if mine.days < 0.5:  # nothing bought is left: rounding must not look like an amount
            mine.days = mine.quantity = mine.value = 0
        _visits(ages, faded, left, V, &mine)
        _habit(&out[r, 0], ages, left, V, &mine)


cdef void _visits(
    const float[::1] ages, float[:, ::1] faded, int32_t[::1] count, int V, Summary* of
) noexcept:
    cdef int v
    of.visits = of.visits_31 = 0
    of.visit_last, of.visit_first = FAR, 0
    of.fade_30 = of.fade_60 = of.fade_180 = 0
    for v in range(V):
        if count[v] > 0:
            of.visits += 1
            of.visits_31 += ages[v] < 31
            of.visit_last = min(of.visit_last, ages[v])
            of.visit_first = max(of.visit_first, ages[v])
            of.fade_30 += faded[0, v]
            of.fade_60 += faded[1, v]
            of.fade_180 += faded[2, v]


cdef void _habit(float* line, const float[::1] ages, int32_t[::1] count, int V, Summary* of) noexcept:
    cdef int v, since = 0, spanned = 0
    line[NOVELTY_31] = <float>(of.begun / max(of.days_31, 1.0))
    line[MEAN_PRICE] = <float>(of.value / max(of.quantity, 1.0))
    line[VISIT_LAST] = line[VISIT_GAP] = FAR
    line[VISIT_DUE] = 1  # never over never
    if not V:
        return
    line[VISITS], line[VISITS_31] = of.visits, of.visits_31
    line[VISIT_LAST] = of.visit_last
    if of.visits > 1:
        line[VISIT_GAP] = (of.visit_first - of.visit_last) / max(of.visits - 1, 1)
    line[VISIT_DUE] = line[VISIT_LAST] / max(line[VISIT_GAP], <float>1)
    line[LINES] = <float>(of.days / max(of.visits, 1))
    line[OWN_RATE_30] = <float>(line[OWN_FADE_30] / max(of.fade_30, 1e-3))
    line[OWN_RATE_60] = <float>(line[OWN_FADE_60] / max(of.fade_60, 1e-3))
    line[OWN_RATE_180] = <float>(line[OWN_FADE_180] / max(of.fade_180, 1e-3))
    line[CATEGORY_RATE_60] = <float>(line[CATEGORY_FADE_60] / max(of.fade_60, 1e-3))
    # Ages of visits are those of noon: an item's own last and first day are told from their neighbours by half a day.
    for v in range(V):
        if count[v] > 0:
            since += ages[v] < line[OWN_LAST] - <float>0.6
            spanned += ages[v] < line[OWN_FIRST] + <float>0.6
    line[OWN_VISITS_SINCE] = since
    line[OWN_RATE_SINCE] = line[OWN_DAYS] / max(spanned, 1)


cdef void _due(float* line) noexcept:
    """Where a shopper stands between two purchases: time since the last over the usual gap, shrunk to the item's own.

    Personal and item-wide gaps are mixed like two further observations of the item, after the repeat-purchase models
    of Bhagat et al., "Buy It Again" (KDD 2018).
    """
    cdef float days = line[OWN_DAYS], gaps = max(days - 1, <float>0)
    cdef float personal = line[OWN_GAP] if days > 1 else 0
    cdef float usual = max((gaps * personal + 2 * line[ITEM_GAP]) / (gaps + 2), <float>1)
    line[OWN_DUE] = line[OWN_LAST] / usual if days > 0 else FAR
    line[OWN_EXPECTED] = 31 / usual if days > 0 else 0
    line[OWN_SHARE] = line[OWN_FADE_180] / max(line[CATEGORY_FADE_180], <float>1e-3)
    line[CATEGORY_VARIETY] = line[CATEGORY_BOUGHT] / max(line[CATEGORY_DAYS], <float>1)
    # Faded purchases count about 1.44 half-lives' worth of buying: their inverse is a gap that follows the season.
    line[CATEGORY_GAP] = min(<float>(60 * 1.44) / max(line[CATEGORY_FADE_60], <float>1e-3), FAR)
    line[CATEGORY_DUE] = line[CATEGORY_LAST] / max(line[CATEGORY_GAP], <float>1)
    line[LINE_DUE] = line[LINE_LAST] / max(<float>(180 * 1.44) / max(line[LINE_FADE_180], <float>1e-3), <float>1)


cdef _places(
    shopper, arrays, int wanted, int32_t[::1] core, bint masked, const int32_t[::1] lost_start,
    const int32_t[::1] lost, float[:, ::1] out,
):
    """Popularity in the store that was asked from, else in the shopper's own."""
    cdef int R = <int>out.shape[0], r, d, i, p, best, place
    for r in range(R):
        out[r, PLACE_IDLE] = FAR
    known_ = arrays.get("place_ids")
    if known_ is None or not len(known_):
        return
    cdef const int32_t[::1] known = known_, start = arrays["place_start"], item = arrays["place_item"]
    cdef const float[:, ::1] stats = arrays["place_stats"], weight = shopper.place_weights
    cdef const int32_t[::1] places = shopper.places
    cdef int P = <int>places.shape[0], slot, low, high, middle
    total_, left_ = np.zeros(max(P, 1), np.float64), np.empty(max(P, 1), np.float64)
    cdef double[::1] total = total_, left = left_
    for d in range(weight.shape[0]):
        for p in range(P):
            total[p] += weight[d, p]
    for r in range(R):
        place = wanted
        if place < 0:
            for p in range(P):
                left[p] = total[p]
            if masked:
                for i in range(lost_start[r], lost_start[r + 1]):
                    for p in range(P):
                        left[p] -= weight[lost[i], p]
            best = 0
            for p in range(1, P):
                if left[p] > left[best]:
                    best = p
            if not P or left[best] <= NOISE:
                continue
            place = places[best]
        slot = find(known, place)
        if slot < 0 or core[r] < 0:
            continue
        low, high = start[slot], start[slot + 1]
        while low < high:
            middle = (low + high) >> 1
            if item[middle] < core[r]:
                low = middle + 1
            else:
                high = middle
        if low < start[slot + 1] and item[low] == core[r]:
            memcpy(&out[r, PLACE_31], &stats[low, 0], 3 * sizeof(float))


cdef _sparse(
    shopper, arrays, str name, tuple weightings, int32_t[::1] core, bint masked, const int32_t[::1] lost_start,
    const int32_t[::1] lost, float[:, ::1] out,
):
    """Sum of weight × neighbour weight from the shopper's items to each candidate, one number per weighting."""
    cdef const double[:, ::1] reach = shopper.reach(arrays, name)
    cdef const float[:, ::1] weights = shopper.weights
    cdef const int32_t[::1] start = arrays[f"{name}_start"], mine = shopper.core
    cdef const uint16_t[::1] target = arrays[f"{name}_target"], value = arrays[f"{name}_value"]
    cdef int R = <int>core.shape[0], D = <int>mine.shape[0], r, w, d, i, edge, column, count = len(weightings)
    cdef int lists = <int>start.shape[0] - 1, reached = <int>reach.shape[0]
    cdef double[3] total
    cdef int32_t[::1] hidden
    cdef bint most
    # Reach and weights have their rows in one order: profile, recent, session.
    column = INDEX[name]
    assert FEATURES[column : column + count] == (name, *(f"{name}_{w}" for w in ("recent", "now")[: count - 1]))
    for r in range(R):
        if not 0 <= core[r] < lists:
            continue
        for w in range(count):
            total[w] = reach[w, core[r]] if w < reached else 0
        if masked and lost_start[r + 1] > lost_start[r]:
            most = 2 * (lost_start[r + 1] - lost_start[r]) > D
            if most:  # what is left of a sum that loses nearly everything is added up anew
                for w in range(count):
                    total[w] = 0
                hidden_ = np.zeros(D, np.int32)
                hidden = hidden_
                for i in range(lost_start[r], lost_start[r + 1]):
                    hidden[lost[i]] = 1
                for d in range(D):
                    if not hidden[d] and 0 <= mine[d] < lists:
                        for edge in range(start[mine[d]], start[mine[d] + 1]):
                            if target[edge] == core[r]:
                                for w in range(count):
                                    total[w] += <double>weights[w, d] * widened(value[edge])
            else:
                for i in range(lost_start[r], lost_start[r + 1]):
                    d = lost[i]
                    if 0 <= mine[d] < lists:
                        for edge in range(start[mine[d]], start[mine[d] + 1]):
                            if target[edge] == core[r]:
                                for w in range(count):
                                    total[w] -= <double>weights[w, d] * widened(value[edge])
            for w in range(count):
                if fabs(total[w]) < NOISE:
                    total[w] = 0
        for w in range(count):
            out[r, column + w] = <float>total[w]


cdef _dense(
    shopper, arrays, str name, tuple weightings, const int32_t[::1] place, bint masked,
    const int32_t[::1] lost_start, const int32_t[::1] lost, float[:, ::1] out,
):
    """Cosine between each candidate's vector and the weighted sum of the shopper's, one number per weighting."""
    matrix_ = arrays.get(f"{name}_vectors")
    if matrix_ is None:
        return
    cdef const signed char[:, ::1] matrix = matrix_
    cdef const float[::1] scale = arrays[f"{name}_scale"]
    cdef int R = <int>place.shape[0], K = <int>matrix.shape[1], size = <int>matrix.shape[0], r, i, k
    cdef const int32_t[::1] mine
    cdef const float[:, ::1] weights = shopper.weights
    cdef int D = <int>weights.shape[1], w, column
    cdef double length, rest, cosine
    cdef const signed char* theirs
    cdef int row
    mine = shopper.core if name == "factors" else shopper.rows
    cdef int count = len(weightings)
    people_, left_ = shopper.person(arrays, name), np.empty(K, np.float64)
    cdef const double[:, ::1] people = people_
    cdef double[::1] left = left_
    cdef const double* whole
    hidden_ = np.zeros(max(D, 1), np.int32)
    cdef int32_t[::1] hidden = hidden_
    cdef bint lacks
    for i in range(count):
        w = WEIGHT_ROW[weightings[i]]
        column = INDEX[name] + i
        whole = &people[i, 0]
        length = 0
        for k in range(K):
            length += whole[k] * whole[k]
        length = sqrt(length)
        for r in range(R):
            # Items outside the core point at the row behind the last one, which is zero.
            row = place[r] if place[r] >= 0 else size - 1
            theirs = &matrix[row, 0]
            lacks = masked and lost_start[r + 1] > lost_start[r]
            if not lacks:
                if length > 0:
                    out[r, column] = <float>(scale[row] * dot(theirs, whole, K) / max(length, 1e-6))
                continue
            _person_without(
                matrix, scale, mine, weights, w, whole, lost_start[r], lost_start[r + 1], lost, hidden, r + 1 + i * R, &left[0], K
            )
            rest = 0
            for k in range(K):
                rest += left[k] * left[k]
            cosine = scale[row] * dot(theirs, &left[0], K) / max(sqrt(rest), 1e-6)
            out[r, column] = <float>cosine if fabs(cosine) > NO_LIKENESS else 0


cdef void _person_without(
    const signed char[:, ::1] matrix, const float[::1] scale, const int32_t[::1] mine, const float[:, ::1] weights,
    int w, const double* whole,
    int begin, int end, const int32_t[::1] lost, int32_t[::1] hidden, int mark, double* left, int K,
) noexcept:
    """The shopper's weighted sum without some items; added up anew when most of it goes."""
    cdef int size = <int>matrix.shape[0], D = <int>mine.shape[0], i, d, k, row
    cdef const signed char* theirs
    cdef double weight
    if 2 * (end - begin) > D:
        for i in range(begin, end):
            hidden[lost[i]] = mark
        for k in range(K):
            left[k] = 0
        for d in range(D):
            if hidden[d] != mark and weights[w, d] != 0:
                row = mine[d] if mine[d] >= 0 else size - 1
                theirs = &matrix[row, 0]
                weight = weights[w, d] * <double>scale[row]
                for k in range(K):
                    left[k] += weight * theirs[k]
        return
    for k in range(K):
        left[k] = whole[k]
    for i in range(begin, end):
        d = lost[i]
        row = mine[d] if mine[d] >= 0 else size - 1
        weight = weights[w, d] * <double>scale[row]
        if weight != 0:
            theirs = &matrix[row, 0]
            for k in range(K):
                left[k] -= weight * theirs[k]
