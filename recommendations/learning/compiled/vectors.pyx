"""Sums and dot products of vectors that are kept as a scale and a byte a number (learning.vectors)."""

from libc.math cimport fabs, rint
from libc.stdint cimport int8_t, int16_t, int32_t

import numpy as np

cdef extern from "vectors.h":
    void products(
        const int8_t* matrix, const int32_t* rows, int count, const int16_t* person, int size, int32_t* out
    ) noexcept
    void add_scaled(double* out, const int8_t* row, double weight, int size) noexcept


def likeness(
    const int8_t[:, ::1] matrix, const float[::1] scale, const int32_t[::1] rows, const double[::1] person
):
    """float32 [len(rows)]: dot product of those rows with one vector, which is rounded to fifteen bits."""
    cdef int count = <int>rows.shape[0], K = <int>matrix.shape[1], i, k
    answer, whole_ = np.zeros(count, np.float32), np.empty(count, np.int32)
    small_ = np.empty(max(K, 1), np.int16)
    cdef int32_t[::1] whole = whole_
    cdef int16_t[::1] small = small_
    cdef float[::1] out = answer
    cdef double largest = 0, step
    for k in range(K):
        largest = max(largest, fabs(person[k]))
    if not count or largest == 0:
        return answer
    # Small enough for the sum of all products to fit 32 bits.
    step = largest / min(32_767, (2**31 - 1) // (128 * K))
    for k in range(K):
        small[k] = <int16_t>rint(person[k] / step)
    products(&matrix[0, 0], &rows[0], count, &small[0], K, &whole[0])
    for i in range(count):
        out[i] = <float>(scale[rows[i]] * step * whole[i])
    return answer


def add_up(
    const int8_t[:, ::1] matrix, const float[::1] scale, const int32_t[::1] place, const float[:, ::1] weights,
    tuple wanted,
):
    """Weighted sums of rows of ``matrix``: float64 [len(wanted), K]; place -1 means the last row."""
    cdef int K = <int>matrix.shape[1], D = <int>place.shape[0], size = <int>matrix.shape[0], i, d, w, row
    answer = np.zeros((len(wanted), K), np.float64)
    cdef double[:, ::1] out = answer
    cdef double weight
    for i in range(out.shape[0]):
        w = wanted[i]
        for d in range(D):
            row = place[d] if place[d] >= 0 else size - 1
            weight = weights[w, d] * <double>scale[row]
            if weight != 0:
                add_scaled(&out[i, 0], &matrix[row, 0], weight, K)
    return answer
