"""Boosted trees as arrays: what a training writes and every web process maps into memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .compiled.trees import add_trees

NODE = np.dtype([("threshold", "<f4"), ("feature", "<u2"), ("left", "<u2")])


class UnknownTree(ValueError):
    """A model with splits that are not plain comparisons of numbers."""


@dataclass(frozen=True)
class Trees:
    """T trees end to end: ``nodes`` of tree t begin at ``start[t]``, its longest path has ``depth[t]`` steps.

    From an inner node a line goes to ``left``, or to the node after that when its feature exceeds the threshold.
    A leaf leads to itself, and ``values`` holds what it adds.
    """

    nodes: NDArray[np.void]
    values: NDArray[np.float64]
    start: NDArray[np.int32]
    depth: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.start)

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray], name: str) -> Trees:
        """Out of an artefact's arrays, as ``arrays`` names them."""
        return cls(*(arrays[f"{name}_{part}"] for part in ("nodes", "values", "start", "depth")))

    def arrays(self, name: str) -> dict[str, np.ndarray]:
        return {
            f"{name}_nodes": self.nodes, f"{name}_values": self.values, f"{name}_start": self.start,
            f"{name}_depth": self.depth,
        }  # fmt: skip

    def add(
        self,
        numbers: NDArray[np.float32],
        lines: NDArray[np.int32],
        raw: NDArray[np.float64],
        first: int = 0,
        last: int | None = None,
    ) -> None:
        """raw[lines] += what the trees from ``first`` up to ``last`` say of these lines of features."""
        end = len(self) if last is None else min(last, len(self))
        add_trees(self.nodes, self.values, self.start, self.depth, numbers, lines, raw, first, end)

    @classmethod
    def from_lightgbm(cls, text: str) -> Trees:
        """From LightGBM's model text. Raises UnknownTree for categorical splits or such that look for zeros."""
        parsed = [_tree(part) for part in text.split("\nTree=")[1:]]
        sizes = [len(nodes) for nodes, _, _ in parsed]
        start = np.concatenate([[0], np.cumsum(sizes)])[:-1].astype(np.int32)
        return cls(
            np.concatenate([nodes for nodes, _, _ in parsed]),
            np.concatenate([values for _, values, _ in parsed]),
            start,
            np.asarray([depth for _, _, depth in parsed], np.int32),
        )


def _tree(text: str) -> tuple[NDArray[np.void], NDArray[np.float64], int]:
    """Nodes laid out so that the two children of a node are neighbours; their values; the longest path."""
    fields = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)

    def column(name: str) -> list[str]:
        return fields.get(name, "").split()

    # Bits: 1 categorical, 2 missing goes left, 4 and 8 what counts as missing (no value is ever missing here).
    if any(int(kind) & 5 for kind in column("decision_type")):
        raise UnknownTree("only plain numerical splits can be served")
    leaf_value = [float(value) for value in column("leaf_value")]
    feature, threshold = column("split_feature"), column("threshold")
    children = list(zip(map(int, column("left_child")), map(int, column("right_child")), strict=True))
    nodes = np.zeros(2 * len(leaf_value) - 1, NODE)
    values = np.zeros(len(nodes))
    longest, free = 0, 1
    # A node as LightGBM numbers it (leaf n is -1 - n), where it is put, and how deep it lies.
    waiting = [(0 if children else -1, 0, 0)]
    while waiting:
        name, place, depth = waiting.pop()
        longest = max(longest, depth)
        if name < 0:
            nodes[place] = (np.inf, 0, place)
            values[place] = leaf_value[-1 - name]
            continue
        nodes[place] = (_rounded_down(float(threshold[name])), int(feature[name]), free)
        left, right = children[name]
        waiting += [(left, free, depth + 1), (right, free + 1, depth + 1)]
        free += 2
    return nodes, values, longest


def _rounded_down(threshold: float) -> np.float32:
    """The largest float32 not above the threshold: for a float32 feature both split alike."""
    nearest = np.float32(threshold)
    return nearest if float(nearest) <= threshold else np.nextafter(nearest, np.float32(-np.inf))
