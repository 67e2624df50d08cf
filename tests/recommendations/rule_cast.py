"""A tiny catalogue as columns, and rules without a database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


@dataclass
class TinyCatalogue:
    """Rows of (item id, category, brand, price)."""

    rows: list[tuple[str, str, str, float]]
    sellable: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        self.category_names = sorted({row[1] for row in self.rows})
        self.category = np.array([self.category_names.index(row[1]) for row in self.rows], np.int32)
        self.brand = [row[2] for row in self.rows]
        self.price = np.array([row[3] for row in self.rows], np.float64)
        self.sellable, self.active, self.available = (np.ones(len(self.rows), bool) for _ in range(3))
        self.banned, self.age_min = np.zeros(len(self.rows), bool), np.zeros(len(self.rows), np.int16)

    def __len__(self) -> int:
        return len(self.rows)

    def row_of(self, external_id: str) -> int:
        return next((n for n, row in enumerate(self.rows) if row[0] == external_id), -1)


SHOP = TinyCatalogue(
    [
        ("a", "Women > Dresses", "Dovelane", 50.0),
        ("b", "Women > Coats", "Castorf", 200.0),
        ("c", "Womenswear", "Dovelane", 20.0),
        ("d", "Men > Coats", "Castorf", 150.0),
        ("e", "Men > Shoes", "Ibberton", float("nan")),
        ("f", "Women", "", 0.0),
    ]
)


def rule(
    action: str, match: dict[str, Any], *, rule_id: int = 1, placement: str | None = None, **fields: Any
) -> Any:
    defaults = {"weight": 2.0, "position": 1, "enabled": True, "starts_at": None, "ends_at": None}
    return SimpleNamespace(
        id=rule_id,
        name=f"{action} {rule_id}",
        action=action,
        match=match,
        placement=SimpleNamespace(key=placement) if placement else None,
        **{**defaults, **fields},
    )
