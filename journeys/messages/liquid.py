"""Liquid as messages use it: strict about filters and tags, without files, with limits on loops and output."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from liquid import BoundTemplate, Environment, Mode, RenderContext
from liquid.exceptions import (
    LiquidError,
    LoopIterationLimitError,
    OutputStreamLimitError,
    ResourceLimitError,
)

from .mistakes import sentence
from .recommendations_tag import MOST, RecommendationsNode, RecommendationsTag

# A message, not a program: Gmail cuts e-mails at 102 kB.
MOST_OUTPUT_BYTES = 400_000
MOST_ITERATIONS = 10_000
MOST_VARIABLE_BYTES = 200_000
LONGEST_SOURCE = 200_000


class BrokenTemplate(ValueError):
    """Why a template can't be used, in a sentence with its line."""


class _Messages(Environment):
    loop_iteration_limit = MOST_ITERATIONS
    output_stream_limit = MOST_OUTPUT_BYTES
    local_namespace_limit = MOST_VARIABLE_BYTES
    context_depth_limit = 20
    block_nesting_limit = 30

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        # Nothing is read from files, and no message includes another.
        for name in ("include", "render", "ifchanged"):
            self.tags.pop(name, None)
        self.add_tag(RecommendationsTag)


HTML = _Messages(tolerance=Mode.STRICT, strict_filters=True, autoescape=True)
TEXT = _Messages(tolerance=Mode.STRICT, strict_filters=True, autoescape=False)


@lru_cache(maxsize=2000)
def compiled(source: str, html: bool) -> BoundTemplate:
    """The template, parsed once. Raises `BrokenTemplate`."""
    if len(source) > LONGEST_SOURCE:
        raise BrokenTemplate(f"The template has {len(source):,} characters; {LONGEST_SOURCE:,} are allowed.")
    environment = HTML if html else TEXT
    try:
        template = environment.from_string(source)
        unknown = sorted(set(template.filter_names()) - set(environment.filters))
    except LiquidError as error:
        raise BrokenTemplate(sentence(error, source)) from error
    except RecursionError as error:
        raise BrokenTemplate("The template is nested too deeply.") from error
    if unknown:
        line = _line_of(source, unknown[0])
        raise BrokenTemplate(
            f"Line {line}: there is no filter “{unknown[0]}”.{_nearest(unknown[0], environment.filters)}"
        )
    return template


def render(source: str, values: dict[str, Any], *, html: bool) -> str:
    """Raises `BrokenTemplate`: broken Liquid, or more loops or output than a message may have."""
    template = compiled(source, html)
    try:
        return template.render(**values)
    except LoopIterationLimitError as error:
        raise BrokenTemplate(f"The template loops more than {MOST_ITERATIONS:,} times.") from error
    except OutputStreamLimitError as error:
        raise BrokenTemplate(f"The message is larger than {MOST_OUTPUT_BYTES // 1000} kB.") from error
    except ResourceLimitError as error:
        raise BrokenTemplate("The template uses more memory or deeper nesting than a message may.") from error
    except LiquidError as error:
        raise BrokenTemplate(sentence(error, source)) from error
    except (RecursionError, ArithmeticError, ValueError, TypeError) as error:
        raise BrokenTemplate(f"The template can't be filled in: {error}.") from error


def problems_of(placements: Collection[str] | None = None, **sources: str) -> tuple[str, ...]:
    """What is wrong with the parts of a template, by their names: problems_of(subject=…, html=…, text=…).

    `placements`: those that may be named, None when anything may.
    """
    found = []
    for part, source in sources.items():
        try:
            check(source, part == "html", placements)
        except BrokenTemplate as error:
            found.append(f"{part.capitalize() if part != 'html' else 'HTML'}: {error}")
    return tuple(found)


def check(source: str, html: bool, placements: Collection[str] | None) -> None:
    """What can be told without a shopper. Raises `BrokenTemplate` for broken Liquid, an unknown placement, a limit out of
    range: what is being sent is never refused for the latter two."""
    template = compiled(source, html)
    for block in _blocks(template):
        line = source.count("\n", 0, max(block.token.start_index, 0)) + 1
        said = block.literals()
        name, limit = said.get("placement"), said.get("limit")
        if placements is not None and isinstance(name, str) and name not in placements:
            known = ", ".join(sorted(placements)) or "none yet"
            near = _nearest(name, placements)
            raise BrokenTemplate(f"Line {line}: there is no placement “{name}”.{near} There are: {known}.")
        if limit is not None and not (type(limit) is int and 1 <= limit <= MOST):
            raise BrokenTemplate(
                f"Line {line}: the limit of recommendations is a whole number from 1 to {MOST}, not {limit}."
            )


def _blocks(template: BoundTemplate) -> Iterator[RecommendationsNode]:
    context = RenderContext(template)
    open_ = list(template.nodes)
    while open_:
        node = open_.pop(0)
        if isinstance(node, RecommendationsNode):
            yield node
        open_ = [*node.children(context, include_partials=False), *open_]


def _nearest(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f" Did you mean “{near[0]}”?" if near else ""


def _line_of(source: str, word: str) -> int:
    return source.count("\n", 0, max(source.find(word), 0)) + 1
