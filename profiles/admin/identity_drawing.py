"""A shopper's names as a drawing: who is joined with whom; what was refused is dashed."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..identity.selectors import Identity, Name

# More than these would be no drawing any more; the lists below it have them all.
MOST = 16
WIDTH, HEIGHT = 640, 300


@dataclass(frozen=True, slots=True)
class Dot:
    name: Name
    x: float
    y: float
    anchor: str
    text_x: float


@dataclass(frozen=True, slots=True)
class Line:
    x1: float
    y1: float
    x2: float
    y2: float
    refused: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    dots: list[Dot]
    lines: list[Line]
    left_out: int


def draw(identity: Identity) -> Drawing | None:
    """The user id in the middle, the others around it; None when there is nothing to join."""
    names = [*identity.names, *identity.visitors, *identity.joints]
    names.sort(key=lambda name: (name.kind != "user_id", name.role, name.key))
    shown, left_out = names[:MOST], max(len(names) - MOST, 0)
    if len(shown) < 2:
        return None
    middle = (WIDTH / 2, HEIGHT / 2)
    place = {shown[0].key: middle}
    for number, name in enumerate(shown[1:]):
        angle = 2 * math.pi * (number + 0.5) / (len(shown) - 1)
        place[name.key] = (middle[0] + 180 * math.cos(angle), middle[1] + 112 * math.sin(angle))
    dots = []
    for name in shown:
        x, y = place[name.key]
        left = x < middle[0] - 1
        dots.append(
            Dot(name, round(x), round(y), "end" if left else "start", round(x) + (-12 if left else 12))
        )
    lines = []
    for word in (*identity.words, *identity.refused):
        if word.one.key in place and word.other.key in place:
            (x1, y1), (x2, y2) = place[word.one.key], place[word.other.key]
            lines.append(Line(round(x1), round(y1), round(x2), round(y2), bool(word.why)))
    return Drawing(dots, lines, left_out)
