"""Sums and dot products of vectors that are kept as a scale and a byte a number (learning.vectors)."""

from libc.stdint cimport int32_t

from .common cimport dot

import numpy as np


def likeness(
    const signed char[:, ::1] matrix, const float[::1] scale, const int32_t[::1] rows, const double[::1] person
):
    """float32 [len(rows)]: dot product of those rows with one vector."""
    cdef int K = <int>matrix.shape[1], i
    answer = np.empty(rows.shape[0], np.float32)
    # Half as precise and twice as fast as doubles: good enough to find candidates.
    cdef float[::1] floats = np.asarray(person, np.float32)
    cdef float[::1] out = answer
    for i in range(rows.shape[0]):
        out[i] = scale[rows[i]] * dot(&matrix[rows[i], 0], &floats[0], K)
    return answer


def add_up(
    const signed char[:, ::1] matrix, const float[::1] scale, const int32_t[::1] place, const float[:, ::1] weights,
    tuple wanted,
):
    """Weighted sums of rows of ``matrix``: float64 [len(wanted), K]; place -1 means the last row."""
    cdef int K = <int>matrix.shape[1], D = <int>place.shape[0], size = <int>matrix.shape[0], i, d, k, w, row
    answer = np.zeros((len(wanted), K), np.float64)
    cdef double[:, ::1] out = answer
    cdef const signed char* theirs
    cdef double weight
    for i in range(out.shape[0]):
        w = wanted[i]
        for d in range(D):
            row = place[d] if place[d] >= 0 else size - 1
            weight = weights[w, d] * <double>scale[row]
            if weight != 0:
                theirs = &matrix[row, 0]
                for k in range(K):
                    out[i, k] += weight * theirs[k]
    return answer

