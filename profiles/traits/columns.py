"""What states say, in SQL: the twin of `Measure.value`. A test compares the two on random states."""

from __future__ import annotations

from collections.abc import Callable

from .functions import DAY
from .measure import Measure
from .texts import SCALE


def value_sql(
    measure: Measure, key: str, today: str, row: str = "p", *, start: Callable[[int], str] | None = None
) -> str:
    """SQL of a number, a text, a day as text, or for "names" rows of `name`; NULL when nothing is known.

    `key` of the state in `row`.computed; `today`: SQL of the day (days since 1970); `start(days)`: of the
    first moment (unix microseconds) of the last `days` days, those of UTC without.
    """
    state = f"({row}.computed -> '{int(key)}')"
    first = "-1000000" if measure.days is None else f"({today} - {measure.days - 1})"
    since = f"({first}::bigint * {DAY})" if start is None or measure.days is None else start(measure.days)
    if measure.function == "unique_list":
        return (
            f"SELECT k.key AS name FROM jsonb_each({state} -> '0') AS k WHERE k.value::bigint >= {since}"
            f' ORDER BY k.value::bigint DESC, k.key COLLATE "C"'
        )
    if measure.function == "last":
        found = f"CASE WHEN ({state} #>> '{{0,0}}')::bigint >= {since} THEN {state} #>> '{{0,1}}' END"
        return _shown(measure, found)
    if measure.days is None:
        return _ever(measure, f"({state} -> '0')")
    return _windowed(measure, f"jsonb_each({state}) AS b WHERE b.key::int >= {first}")


def _ever(measure: Measure, part: str) -> str:
    """Of a state with one part there is nothing to sum up."""
    if measure.function == "count":
        return f"coalesce({part}::float8, 0)"
    if measure.function == "sum":
        return f"coalesce({part}::float8, 0) / {SCALE}"
    if measure.function in ("minimum", "maximum"):
        return f"{part}::float8 / {SCALE}"
    if measure.function == "average":
        return f"({part} ->> 0)::float8 / (({part} ->> 1)::float8 * {SCALE})"
    if measure.function == "first":
        return _shown(measure, f"{part} ->> 1")
    return f'(SELECT v.key FROM jsonb_each({part}) AS v ORDER BY v.value::float8 DESC, v.key COLLATE "C" LIMIT 1)'


def _windowed(measure: Measure, parts: str) -> str:
    if measure.function == "count":
        return f"(SELECT coalesce(sum(b.value::float8), 0) FROM {parts})"
    if measure.function == "sum":
        return f"(SELECT coalesce(sum(b.value::numeric), 0)::float8 / {SCALE} FROM {parts})"
    if measure.function in ("minimum", "maximum"):
        aggregate = measure.function[:3]
        return f"(SELECT {aggregate}(b.value::float8) / {SCALE} FROM {parts})"
    if measure.function == "average":
        return (
            f"(SELECT sum((b.value ->> 0)::numeric)::float8 / (sum((b.value ->> 1)::numeric)::float8 * {SCALE})"
            f" FROM {parts})"
        )
    if measure.function == "first":
        tie = "(b.value ->> 1)::float8" if measure.kind == "number" else '(b.value ->> 1) COLLATE "C"'
        found = f"(SELECT b.value ->> 1 FROM {parts} ORDER BY (b.value ->> 0)::bigint, {tie} LIMIT 1)"
        return _shown(measure, found)
    source, _, where = parts.partition(" WHERE ")
    return (
        f"(SELECT v.key FROM {source}, jsonb_each(b.value) AS v WHERE {where}"
        f' GROUP BY v.key ORDER BY sum(v.value::float8) DESC, v.key COLLATE "C" LIMIT 1)'
    )


def _shown(measure: Measure, text: str) -> str:
    return f"({text})::float8 / {SCALE}" if measure.kind == "number" else f"({text})"
