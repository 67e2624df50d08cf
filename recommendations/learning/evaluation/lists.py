"""The lists that the served code answers, for judging and for export."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..artefact import Artefact
from ..features import Context
from ..serving import recommend
from .window import SCOPES, Window

DEPTH = 20


@dataclass(frozen=True)
class Lists:
    """Answers of one scope: rows int32 [U, 20] (-1 where fewer), scores, the source of each."""

    shoppers: NDArray[np.int32]
    rows: NDArray[np.int32]
    scores: NDArray[np.float32]
    source: list[list[str]]


def answer(
    artefact: Artefact, window: Window, scope: str, progress: Callable[[str, int, int], None] | None = None
) -> Lists:
    """What `recommend` would have answered to every judged shopper at the first moment of the window."""
    people = window.shoppers[scope]
    rows = np.full((len(people), DEPTH), -1, np.int32)
    scores = np.zeros((len(people), DEPTH), np.float32)
    source: list[list[str]] = []
    context = Context()
    for index, person in enumerate(people):
        if progress and index % 100 == 0:
            progress(f"lists ({scope})", index, len(people))
        history = window.log.history(int(person), window.catalogue, window.start)
        banned = window.bought_by(int(person)) if scope == "new" else None
        ranked = recommend(
            artefact, history, window.start, k=DEPTH, context=context, exclude=banned,
            scope="new" if scope == "new" else "all",
        )  # fmt: skip
        rows[index, : len(ranked.rows)] = ranked.rows
        scores[index, : len(ranked.rows)] = ranked.scores
        source.append(ranked.source)
    return Lists(people, rows, scores, source)


def export_lists(path: str | Path, window: Window, answers: dict[str, Lists], shopper_ids: list[str]) -> int:
    """Write parquet with columns shopper, item, rank (1 is the first), score, source, scope. Returns its lines.

    ``shopper_ids``: the merchant's id of each shopper number. Items are the merchant's ids.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: dict[str, list] = {name: [] for name in ("shopper", "item", "rank", "score", "source", "scope")}
    for scope in SCOPES:
        lists = answers[scope]
        for index, person in enumerate(lists.shoppers):
            count = len(lists.source[index])
            columns["shopper"] += [shopper_ids[person]] * count
            names = window.catalogue.external_id[lists.rows[index, :count]]
            columns["item"] += [name.decode() for name in names]
            columns["rank"] += range(1, count + 1)
            columns["score"] += lists.scores[index, :count].tolist()
            columns["source"] += lists.source[index]
            columns["scope"] += [scope] * count
    table = pa.table(columns)
    pq.write_table(table, str(path))
    return table.num_rows
