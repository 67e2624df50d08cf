"""bench/results.json and the table on the terminal."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results.json")
Row = dict[str, Any]


def merge(path: Path, fresh: Iterable[Row], order: Iterable[str], without: Collection[str] = ()) -> list[Row]:
    """Write the newest result of every figure, in the order of the figures; returns them all.

    `without`: figures whose old result no longer stands, because measuring them failed.
    """
    rows = {row["name"]: row for row in _read(path) if row["name"] not in without}
    rows.update({row["name"]: row for row in fresh})
    names = list(order)
    kept = sorted(
        rows.values(), key=lambda row: names.index(row["name"]) if row["name"] in names else len(names)
    )
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
    partial.replace(path)
    return kept


def _read(path: Path) -> list[Row]:
    if not path.exists():
        return []
    rows = json.loads(path.read_text())
    if not isinstance(rows, list):
        raise ValueError(f"{path} does not hold a list of results")
    return rows


def table(rows: Iterable[Row]) -> str:
    """One line a figure: mark, name, value, reference, ratio, target; its note below."""
    header = ("", "figure", "value", "reference", "ratio", "target")
    lines: list[tuple[tuple[str, ...], str]] = [(header, "")]
    for row in rows:
        mark = {True: "✓", False: "✗", None: "·"}[row["holds"]]
        reference = "" if row["reference_value"] is None else f"{number(row['reference_value'])}"
        ratio = "" if row["ratio"] is None else f"{row['ratio']:.3f}"
        cells: tuple[str, ...] = (
            mark,
            row["name"],
            f"{number(row['value'])} {row['unit']}",
            reference,
            ratio,
            row["target"] or "",
        )
        lines.append((cells, " · ".join(part for part in (row["reference"], row["note"]) if part)))
    widths = [max(len(cells[column]) for cells, _ in lines) for column in range(len(header))]
    text = []
    for cells, note in lines:
        text.append("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())
        if note:
            text.append(f"     {note}")
    return "\n".join(text)


def number(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 1 else f"{value:.2f}"
