"""Boosted trees over lines of features: every tree is walked for a block of lines at once, without branches."""

from libc.stdint cimport int32_t, uint16_t

import numpy as np

cdef enum:
    BLOCK = 16

cdef packed struct Node:
    # A line goes to `left`, or to the node after it when its feature is larger than the threshold. A leaf points at
    # itself with an infinite threshold.
    float threshold
    uint16_t feature
    uint16_t left


def add_trees(
    const Node[::1] nodes,
    const double[::1] values,
    const int32_t[::1] start,
    const int32_t[::1] depth,
    const float[:, ::1] numbers,
    const int32_t[::1] lines,
    double[::1] raw,
    int first,
    int last,
):
    """raw[lines] += what the trees first ≤ t < last say of numbers[lines]."""
    cdef int count = <int>lines.shape[0]
    cdef int at, tree, level, j, size
    cdef int here[BLOCK]
    cdef const float* line[BLOCK]
    cdef double total[BLOCK]
    cdef const Node* base
    cdef const Node* node
    cdef const double* value
    for at in range(0, count, BLOCK):
        size = min(BLOCK, count - at)
        for j in range(BLOCK):
            line[j] = &numbers[lines[at + (j if j < size else 0)], 0]
            total[j] = 0
        for tree in range(first, last):
            base = &nodes[start[tree]]
            value = &values[start[tree]]
            for j in range(BLOCK):
                here[j] = 0
            for level in range(depth[tree]):
                for j in range(BLOCK):
                    node = base + here[j]
                    here[j] = node.left + (line[j][node.feature] > node.threshold)
            for j in range(BLOCK):
                total[j] += value[here[j]]
        for j in range(size):
            raw[lines[at + j]] += total[j]
