"""What shoppers did, as columns: the form in which demo shops hand over their past."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

# The codes of profiles.Interaction.Kind.
VIEW, CART, PURCHASE, REMOVE, REFUND = 1, 2, 3, 4, 5


@dataclass(frozen=True)
class History:
    """Row r: the shopper `users[user[r]]` did `kind[r]` with the item `items[item[r]]` at `at[r]` (UTC).

    Rows ascend in time. `value`: money of a purchase or refund in the shop's currency, else 0. `order_id`: the
    order or, before one, the session; 0 when none. `place`: store number, -1 online. `offset_days`: by how many days
    the data's own dates were moved, 0 when they are made for today.
    """

    users: list[str]
    items: list[str]
    user: NDArray[np.int32]
    item: NDArray[np.int32]
    kind: NDArray[np.int8]
    at: NDArray[np.datetime64]
    quantity: NDArray[np.float32]
    value: NDArray[np.float32]
    order_id: NDArray[np.int64]
    place: NDArray[np.int32]
    channel: str
    offset_days: int = 0

    def __len__(self) -> int:
        return len(self.at)

    def chunks(self, size: int = 100_000) -> Iterator[History]:
        """Consecutive parts that share the name lists."""
        for start in range(0, len(self), size):
            yield self.part(slice(start, start + size))

    def frames(self, size: int = 200_000) -> Iterator[pd.DataFrame]:
        """The columns that profiles.history reads, in the data's own dates: the import moves them."""
        users, items = np.array(self.users, object), np.array(self.items, object)
        kinds = np.array([None, "view", "cart", "purchase", "remove", "refund"], object)
        for chunk in self.chunks(size):
            yield pd.DataFrame(
                {
                    "user_id": users[chunk.user],
                    "item_id": items[chunk.item],
                    "kind": kinds[chunk.kind],
                    "at": chunk.at - np.timedelta64(self.offset_days, "D"),
                    "quantity": chunk.quantity,
                    "value": chunk.value,
                    "order_id": chunk.order_id,
                    "place": chunk.place,
                    "channel": chunk.channel,
                }
            )

    def part(self, rows: slice | NDArray[np.int64]) -> History:
        return replace(
            self,
            user=self.user[rows],
            item=self.item[rows],
            kind=self.kind[rows],
            at=self.at[rows],
            quantity=self.quantity[rows],
            value=self.value[rows],
            order_id=self.order_id[rows],
            place=self.place[rows],
        )
