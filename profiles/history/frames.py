"""Chunks of any make (pandas, pyarrow, a dict of columns) as one set of numpy columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..models import Interaction
from ..processing.facts import MAX_ITEM_ID, order_key

KINDS = {
    "view": Interaction.Kind.VIEW,
    "cart": Interaction.Kind.CART,
    "purchase": Interaction.Kind.PURCHASE,
    "remove": Interaction.Kind.REMOVE,
    "refund": Interaction.Kind.REFUND,
    "click": Interaction.Kind.CLICK,
    "wish": Interaction.Kind.WISH,
    "unwish": Interaction.Kind.UNWISH,
}
DAY = 86_400_000_000


@dataclass(frozen=True)
class History:
    """Columns of one length. `user`, `item`, `channel` index the lists of names; `at`: unix microseconds."""

    users: list[str]
    items: list[str]
    channels: list[str]
    user: NDArray[np.int64]
    item: NDArray[np.int64]
    channel: NDArray[np.int64]
    kind: NDArray[np.int16]
    at: NDArray[np.int64]
    quantity: NDArray[np.float64]
    value: NDArray[np.float64]
    order_key: NDArray[np.int64]
    place: NDArray[np.int32]
    skipped: int

    def __len__(self) -> int:
        return len(self.user)

    def of_users(self, keep: NDArray[np.bool_]) -> History:
        """The rows of the users that `keep` (one flag for each of `users`) marks; the lists of names stay."""
        rows = keep[self.user]
        return replace(self, **{name: getattr(self, name)[rows] for name in _ROWS})


_ROWS = ("user", "item", "channel", "kind", "at", "quantity", "value", "order_key", "place")


class _Names:
    """Numbers for names, the same in every chunk."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def of(self, column: pd.Series) -> NDArray[np.int64]:
        codes, values = pd.factorize(column)
        mapped = [self.numbers.setdefault(str(_plain(v)), len(self.numbers)) for v in values]
        return np.append(np.array(mapped, np.int64), -1)[codes]  # -1: missing


def read_frames(
    frames: Iterable[Any], shift_days: int = 0, progress: Callable[[int], None] | None = None
) -> History:
    """All chunks together. Columns: user_id, item_id, at; optional kind (view, cart, purchase, remove, refund, click, wish, unwish;
    default purchase), quantity (1), value (0), order_id, place (-1), channel ("web").

    Rows without shopper, item or time, or of an unknown kind, are skipped and counted. Raises ValueError when a chunk
    lacks a column it must have. `progress` hears the rows read so far.
    """
    users, items, channels, orders = _Names(), _Names(), _Names(), _Orders()
    parts: list[dict[str, NDArray[Any]]] = []
    skipped = rows = 0
    for chunk in frames:
        frame = _as_frame(chunk)
        missing = {"user_id", "item_id", "at"} - set(frame.columns)
        if missing:
            raise ValueError(f"The data lacks the column {', '.join(sorted(missing))}.")
        part = _part(frame, users, items, channels, orders, shift_days)
        good = part.pop("good")
        skipped += int((~good).sum())
        parts.append({name: column[good] for name, column in part.items()})
        rows += len(frame)
        if progress:
            progress(rows)
    joined = {name: np.concatenate([p[name] for p in parts]) for name in parts[0]} if parts else _nothing()
    return History(
        list(users.numbers), list(items.numbers), list(channels.numbers), skipped=skipped, **joined
    )


def _as_frame(chunk: Any) -> pd.DataFrame:
    if isinstance(chunk, pd.DataFrame):
        return chunk
    if hasattr(chunk, "to_pandas"):
        return chunk.to_pandas()
    return pd.DataFrame(chunk)


def _part(
    frame: pd.DataFrame, users: _Names, items: _Names, channels: _Names, orders: _Orders, shift_days: int
) -> dict[str, NDArray[Any]]:
    size = len(frame)

    def number(name: str, otherwise: float) -> NDArray[np.float64]:
        if name not in frame:
            return np.full(size, otherwise)
        column = pd.to_numeric(frame[name], errors="coerce").to_numpy(np.float64, na_value=np.nan)
        return np.where(np.isfinite(column) & (column >= 0), column, otherwise)

    at = pd.to_datetime(
        frame["at"], utc=True, errors="coerce", format="ISO8601" if _is_text(frame["at"]) else None
    )
    micros = at.dt.as_unit("us").to_numpy("datetime64[us]").astype(np.int64)
    known_time = at.notna().to_numpy()
    if "kind" in frame:
        kinds, names = pd.factorize(frame["kind"])
        table = np.array([int(KINDS.get(str(n).lower(), 0)) for n in names] + [0], np.int16)
        kind = table[kinds]
    else:
        kind = np.full(size, int(Interaction.Kind.PURCHASE), np.int16)
    user, item = users.of(frame["user_id"]), items.of(frame["item_id"])
    if "channel" in frame:
        channel = channels.of(frame["channel"].fillna("web").astype(str).str.slice(0, 12).str.lower())
    else:
        channel = channels.of(pd.Series(["web"])).repeat(size)
    return {
        "user": user,
        "item": item,
        "channel": channel,
        "kind": kind,
        "at": micros + shift_days * DAY,
        "quantity": number("quantity", 1.0),
        "value": number("value", 0.0),
        "order_key": orders.of(frame["order_id"]) if "order_id" in frame else np.zeros(size, np.int64),
        "place": number("place", -1).astype(np.int32),
        "good": (user >= 0) & (item >= 0) & known_time & (kind > 0) & _short(items, item),
    }


def _short(items: _Names, item: NDArray[np.int64]) -> NDArray[np.bool_]:
    fits = np.array([0 < len(name) <= MAX_ITEM_ID and "\x00" not in name for name in items.numbers] + [False])
    return fits[item]


def _is_text(column: pd.Series) -> bool:
    return not (pd.api.types.is_datetime64_any_dtype(column) or pd.api.types.is_numeric_dtype(column))


class _Orders:
    """Order ids as the same numbers that events give them."""

    def of(self, column: pd.Series) -> NDArray[np.int64]:
        codes, values = pd.factorize(column)
        keys = np.array([order_key(_plain(v)) for v in values] + [0], np.int64)
        return keys[codes]


def _plain(value: Any) -> Any:
    # A whole number that pandas made a float because others were missing.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _nothing() -> dict[str, NDArray[Any]]:
    types = {"kind": np.int16, "quantity": np.float64, "value": np.float64, "place": np.int32}
    names = ("user", "item", "channel", "kind", "at", "quantity", "value", "order_key", "place")
    return {name: np.array([], types.get(name, np.int64)) for name in names}
