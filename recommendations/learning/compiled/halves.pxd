"""Numbers kept as the upper half of a float32 (bfloat16): the same range, three digits, half the memory."""

from libc.stdint cimport uint16_t, uint32_t
from libc.string cimport memcpy


cdef inline float widened(uint16_t half) noexcept:
    cdef uint32_t bits = <uint32_t>half << 16
    cdef float value
    memcpy(&value, &bits, sizeof(float))
    return value
