"""Sums over what happened to somebody up to a moment, for many at once. Numpy only.

Rows are sorted once by (subject, moment); a question (subject, moment) is two binary searches and a difference of
prefix sums: O((n + q) log n), exact at the edges.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Clock:
    """The distinct moments of all rows, so that (subject, moment) fits one integer."""

    moments: Ints

    @classmethod
    def of(cls, at: Ints) -> Clock:
        # Sorted first: numpy's own way, by hashing, takes four times as long.
        ordered = np.sort(at)
        return cls(ordered[np.append(True, np.diff(ordered) > 0)] if len(ordered) else ordered)

    def key(self, subject: Ints, at: Ints) -> Ints:
        """Of rows: grows with the subject, then with the moment."""
        return subject * self._width + np.searchsorted(self.moments, at, side="left")

    def until(self, subject: Ints, at: Ints) -> Ints:
        """The key after everything of the subject up to `at`, inclusive."""
        return subject * self._width + np.searchsorted(self.moments, at, side="right")

    def before(self, subject: Ints, at: Ints) -> Ints:
        """The key after everything of the subject before `at`."""
        return subject * self._width + np.searchsorted(self.moments, at, side="left")

    @property
    def _width(self) -> int:
        return len(self.moments) + 1


@dataclass(frozen=True)
class Sums:
    """Amounts of rows, summed from the first row of all. Whole numbers, so that differences are exact."""

    clock: Clock
    keys: Ints
    total: Ints

    @classmethod
    def of(cls, clock: Clock, subject: Ints, at: Ints, amount: Ints) -> Sums:
        keys = clock.key(subject, at)
        order = np.argsort(keys, kind="stable")
        return cls(clock, keys[order], np.concatenate([[0], np.cumsum(amount[order])]))

    def between(self, subject: Ints, start: Ints, end: Ints) -> Ints:
        """The sums over start ≤ moment ≤ end, one for each question."""
        low = np.searchsorted(self.keys, self.clock.before(subject, start), side="left")
        high = np.searchsorted(self.keys, self.clock.until(subject, end), side="left")
        return self.total[np.maximum(high, low)] - self.total[low]


@dataclass(frozen=True)
class Weights:
    """Faded weights of rows, summed from the first row of their own subject: old sums lose nothing to later ones."""

    clock: Clock
    keys: Ints
    first: Ints
    total: NDArray[np.float64]

    @classmethod
    def of(cls, clock: Clock, subject: Ints, at: Ints, amount: NDArray[np.float64], subjects: int) -> Weights:
        """Subjects are numbered 0 … subjects − 1."""
        keys = clock.key(subject, at)
        order = np.argsort(keys, kind="stable")
        ordered = subject[order]
        first = np.searchsorted(ordered, np.arange(subjects + 1))
        total = _restarting(amount[order], first)
        return cls(clock, keys[order], first, total)

    def at(self, subject: Ints, end: Ints) -> NDArray[np.float64]:
        """The sums over moment ≤ end, one for each question."""
        if not len(self.keys):
            return np.zeros(len(subject))
        high = np.searchsorted(self.keys, self.clock.until(subject, end), side="left")
        return np.where(high > self.first[subject], self.total[np.maximum(high, 1) - 1], 0.0)


def _restarting(amount: NDArray[np.float64], first: Ints) -> NDArray[np.float64]:
    """Running sums that begin anew at each place of `first`, by doubling steps within each subject."""
    total = amount.astype(np.float64, copy=True)
    sizes = np.diff(first)
    place = np.arange(len(total)) - np.repeat(first[:-1], sizes)
    step, longest = 1, int(sizes.max(initial=0))
    while step < longest:
        reach = np.flatnonzero(place >= step)
        total[reach] = total[reach] + total[reach - step]
        step *= 2
    return total
