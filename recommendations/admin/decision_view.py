"""A decision trace as a page shows it: rows with titles, shares and words. Tolerant of what a trace leaves out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from catalog.models import Item

SOURCES = {
    "repurchase": "Buys again",
    "together": "Bought together",
    "ease": "Buys what goes with it",
    "hybrid": "Similar shoppers",
    "content": "Similar content",
    "taste": "Favourite kinds",
    "place": "Popular in their store",
    "popular": "Popular",
    "trending": "Trending",
    "pinned": "Pinned",
    "scored": "All of them, scored",
}
STAGES = {
    "planner": "Plan",
    "profile": "Profile",
    "recommendation": "Candidates and ranking",
    "guardrail": "Guardrail",
    "explanation": "Reasons",
    "evaluator": "Evaluation",
}
_CHIP_TONE = {"rule": "accent", "guardrail": "bad", "diversity": "warn", "boost": "good"}


@dataclass(frozen=True)
class Row:
    item: Item | None
    item_id: str
    title: str
    score: float = 0.0
    share: float = 0.0
    source: str = ""
    reason: str = ""
    position: int = 0
    moved: int = 0
    chips: list[dict[str, str]] = field(default_factory=list)
    by: str = ""

    @property
    def gained(self) -> int:
        return max(self.moved, 0)

    @property
    def lost(self) -> int:
        return max(-self.moved, 0)


@dataclass(frozen=True)
class Story:
    """`moved` of a row: places gained (positive) or lost by rules and diversity."""

    rows: list[Row]
    dropped: list[Row]
    stages: list[dict[str, Any]]
    total_ms: float
    sources: list[dict[str, Any]]


def story(trace: dict[str, Any]) -> Story:
    items = trace.get("items") or []
    dropped = trace.get("dropped") or []
    ids = {str(entry.get("item_id", "")) for entry in [*items, *dropped]}
    known = {item.external_id: item for item in Item.objects.filter(external_id__in=ids)}
    top = max((float(entry.get("score") or 0) for entry in items), default=0)
    return Story(
        rows=[_kept(entry, n, known, top) for n, entry in enumerate(items, start=1)],
        dropped=[_left_out(entry, known) for entry in dropped],
        stages=stages(trace),
        total_ms=sum(float(stage.get("ms") or 0) for stage in trace.get("stages") or []),
        sources=_sources(trace.get("candidates") or {}),
    )


def stages(trace: dict[str, Any]) -> list[dict[str, Any]]:
    rows = [(str(s.get("name", "")), float(s.get("ms") or 0)) for s in trace.get("stages") or []]
    total = sum(ms for _, ms in rows) or 1
    return [
        {
            "name": STAGES.get(name, name.replace("_", " ").capitalize()),
            "ms": ms,
            "share": ms / total,
            "tone": n % 6 + 1,
        }
        for n, (name, ms) in enumerate(rows)
    ]


def _kept(entry: dict[str, Any], place: int, known: dict[str, Item], top: float) -> Row:
    item_id = str(entry.get("item_id", ""))
    item = known.get(item_id)
    score = float(entry.get("score") or 0)
    position = int(entry.get("position") or place)
    before = int(entry.get("before") or 0)
    return Row(
        item=item,
        item_id=item_id,
        title=item.title if item else str(entry.get("title") or item_id),
        score=score,
        share=100 * max(score, 0) / top if top > 0 else 0,
        source=source_name(str(entry.get("source", ""))),
        reason=str(entry.get("reason", "")),
        position=position,
        moved=before - position if before else 0,
        chips=[
            {"label": _began(str(chip.get("label", ""))), "tone": _CHIP_TONE.get(str(chip.get("kind")), "")}
            for chip in entry.get("chips") or []
        ],
    )


def _left_out(entry: dict[str, Any], known: dict[str, Item]) -> Row:
    item_id = str(entry.get("item_id", ""))
    item = known.get(item_id)
    return Row(
        item=item,
        item_id=item_id,
        title=item.title if item else str(entry.get("title") or item_id),
        reason=_began(str(entry.get("reason", ""))),
        by=_began(str(entry.get("by", ""))),
    )


def _began(text: str) -> str:
    """With a capital at the beginning; names inside keep theirs."""
    return text[:1].upper() + text[1:]


def source_name(source: str) -> str:
    return SOURCES.get(source, source.replace("_", " ").capitalize())


def _sources(counts: dict[str, Any]) -> list[dict[str, Any]]:
    rows = sorted(
        ((source_name(name), int(count or 0)) for name, count in counts.items()), key=lambda r: -r[1]
    )
    top = max((count for _, count in rows), default=0)
    return [{"name": name, "count": count, "share": 100 * count / top if top else 0} for name, count in rows]
