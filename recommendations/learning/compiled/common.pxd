"""What several of the modules need, compiled into each."""

from libc.stdint cimport int32_t, int64_t, uint16_t, uint32_t
from libc.string cimport memcpy

ctypedef fused integer:
    int32_t
    int64_t

ctypedef fused real:
    float
    double


cdef inline float widened(uint16_t half) noexcept:
    """A number kept as the upper half of a float32 (bfloat16): the same range, three digits, half the memory."""
    cdef uint32_t bits = <uint32_t>half << 16
    cdef float value
    memcpy(&value, &bits, sizeof(float))
    return value


cdef inline int find(const integer[::1] known, integer key) noexcept:
    """Position of a key in an ascending array without doubles, -1 when it is not there."""
    cdef int low = 0, high = <int>known.shape[0], middle
    # No key can lie further from the first than it is larger; without gaps it lies right there.
    if not high or key < known[0]:
        return -1
    if key - known[0] < high:
        high = <int>(key - known[0]) + 1
        if known[high - 1] == key:
            return high - 1
    while low < high:
        middle = (low + high) >> 1
        if known[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low if low < known.shape[0] and known[low] == key else -1


cdef inline real dot(const signed char* a, const real* b, int size) noexcept:
    cdef real total = 0
    cdef int k
    for k in range(size):
        total += a[k] * b[k]
    return total
