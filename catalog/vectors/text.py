"""The words of an item, as features of an embedder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_WORD = re.compile(r"[^\W_]{2,}")
SEPARATOR = "\x1f"
MAX_VALUES = 10


def text_of(title: str, brand: str, category: str, description: str, attributes: Mapping[str, Any]) -> str:
    """What an embedder reads of an item, as features joined by U+001F.

    A category counts as a feature of its own at each level of its path, as does a brand, so that things of one kind
    stay together however they are worded. Numbers and yes/no attributes describe nothing and are left out.
    """
    features = [word.casefold() for word in _WORD.findall(title)]
    path = [step.strip().casefold() for step in category.split(">") if step.strip()]
    features += ["category=" + ">".join(path[: depth + 1]) for depth in range(len(path))]
    features += [word for step in path for word in _WORD.findall(step)]
    if brand:
        features.append("brand=" + brand.casefold())
    for name, value in attributes.items():
        # A long list is a reference (the products of a coupon), not a description.
        for one in value[:MAX_VALUES] if isinstance(value, list) else [value]:
            if isinstance(one, str) and len(one) <= 60:
                features.append(f"{name.casefold()}={one.casefold()}")
    features += [word.casefold() for word in _WORD.findall(description[:2000])]
    return SEPARATOR.join(features)


def features(text: str) -> list[str]:
    return text.split(SEPARATOR) if text else []
