"""From the shopper's items along neighbour lists to all items, and the best of many scores."""

from libc.math cimport INFINITY
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t
from libc.stdlib cimport free, malloc

from .common cimport real, widened

import numpy as np


def spread(
    const int32_t[::1] core,
    const float[:, ::1] weights,
    const int32_t[::1] start,
    const uint16_t[::1] target,
    const uint16_t[::1] value,
    double[:, ::1] out,
):
    """out[w, target] += weights[w, d] × value over all neighbours of the shopper's items d.

    Items outside the lists (core -1, or beyond the last list) have no neighbours.
    """
    cdef int d, w, edge, lists = <int>start.shape[0] - 1
    cdef double weight
    for d in range(core.shape[0]):
        if not 0 <= core[d] < lists:
            continue
        for w in range(out.shape[0]):
            weight = weights[w, d]
            if weight == 0:
                continue
            for edge in range(start[core[d]], start[core[d] + 1]):
                out[w, target[edge]] += weight * widened(value[edge])


def pull(
    const int32_t[::1] core,
    const float[::1] weight,
    const int32_t[::1] start,
    const uint16_t[::1] target,
    const uint16_t[::1] value,
    const int32_t[::1] wanted,
    int size,
    float[:, ::1] out,
):
    """out[r, d] += weight[d] × value of the shopper's item d towards the core item wanted[r] (-1: not in the core)."""
    cdef int d, r, edge, lists = <int>start.shape[0] - 1
    cdef int* line = <int*>malloc(size * sizeof(int))
    if line == NULL:
        raise MemoryError
    for r in range(size):
        line[r] = -1
    for r in range(wanted.shape[0]):
        if wanted[r] >= 0:
            line[wanted[r]] = r
    for d in range(core.shape[0]):
        if not 0 <= core[d] < lists or weight[d] == 0:
            continue
        for edge in range(start[core[d]], start[core[d] + 1]):
            r = line[target[edge]]
            if r >= 0:
                out[r, d] += weight[d] * widened(value[edge])
    free(line)


cdef inline bint _worse(double a, int64_t i, double b, int64_t j) noexcept:
    """Whether (score a, position i) comes after (b, j): lower, or as high and later."""
    return a < b or (a == b and i > j)


cdef void _sink(double* score, int64_t* place, int size, int at) noexcept:
    """Restore a heap whose worst is on top."""
    cdef int child
    cdef double s = score[at]
    cdef int64_t p = place[at]
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and _worse(score[child + 1], place[child + 1], score[child], place[child]):
            child += 1
        if not _worse(score[child], place[child], s, p):
            break
        score[at], place[at] = score[child], place[child]
        at = child
    score[at], place[at] = s, p


def best(const real[::1] scores, int limit):
    """Positions of the largest scores above zero, best first; ties by position: int64 [≤ limit]."""
    cdef int64_t size = scores.shape[0], i
    cdef int held = 0, k
    cdef double bar = 0, s
    cdef int64_t p
    if limit > size:
        limit = <int>size
    kept = np.empty(max(limit, 1), np.float64)
    places = np.empty(max(limit, 1), np.int64)
    cdef double[::1] score_ = kept
    cdef int64_t[::1] place_ = places
    cdef double* score = &score_[0]
    cdef int64_t* place = &place_[0]
    if limit <= 0:
        return places[:0]
    for i in range(size):
        s = scores[i]
        if s <= bar:
            continue
        if held < limit:
            score[held], place[held] = s, i
            held += 1
            if held == limit:
                for k in range(limit // 2 - 1, -1, -1):
                    _sink(score, place, limit, k)
                bar = score[0]
        else:
            score[0], place[0] = s, i
            _sink(score, place, limit, 0)
            bar = score[0]
    if held < limit:
        for k in range(held // 2 - 1, -1, -1):
            _sink(score, place, held, k)
    for k in range(held - 1, 0, -1):  # the worst goes to the end
        s, p = score[0], place[0]
        score[0], place[0] = score[k], place[k]
        score[k], place[k] = s, p
        _sink(score, place, k, 0)
    return places[:held]


def interleave(list lists, int own, const int32_t[::1] banned, int items, int limit):
    """All of list ``own``, then the lists in turn, first choices first; no row twice, none of ``banned``.

    ``lists``: int32 catalogue rows below ``items``. Returns rows int32 and the list that named each first, int8.
    """
    cdef int count = len(lists), turn, number, deepest = 0, filled = 0, row
    cdef const int32_t[::1] part
    cdef const int32_t** first = <const int32_t**>malloc(max(count, 1) * sizeof(int32_t*))
    cdef int* size = <int*>malloc(max(count, 1) * sizeof(int))
    seen_ = np.zeros(max(items, 1), np.uint8)
    rows_, source_ = np.empty(max(limit, 1), np.int32), np.empty(max(limit, 1), np.int8)
    cdef uint8_t[::1] seen = seen_
    cdef int32_t[::1] rows = rows_
    cdef signed char[::1] source = source_
    for number in range(count):
        part = lists[number]
        size[number] = <int>part.shape[0]
        first[number] = &part[0] if part.shape[0] else NULL
        deepest = max(deepest, size[number])
    for turn in range(banned.shape[0]):
        seen[banned[turn]] = 1
    for turn in range(-1, deepest):
        for number in range(count):
            if turn < 0:
                if number != own:
                    continue
                for row in range(size[own]):
                    if filled < limit and not seen[first[own][row]]:
                        seen[first[own][row]] = 1
                        rows[filled], source[filled] = first[own][row], <signed char>own
                        filled += 1
            elif number != own and turn < size[number]:
                row = first[number][turn]
                if filled < limit and not seen[row]:
                    seen[row] = 1
                    rows[filled], source[filled] = row, <signed char>number
                    filled += 1
    free(first)
    free(size)
    return rows_[:filled], source_[:filled]
