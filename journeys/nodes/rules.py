"""Conditions as people write them: a subject, an operator, a value; all or any of several.

Comparisons are forgiving: “3” equals 3, text compares without case, a list contains its members. A missing value
satisfies only “is not known”, “is not” and “does not contain”.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from ..facts import Facts
from .base import Enrolled, World

Subject = Literal["feature", "trait", "event", "segment", "consent", "cart"]
Operator = Literal[
    "is", "is_not", "at_least", "at_most", "more_than", "less_than", "contains", "lacks", "known", "unknown"
]
WORDS = {
    "is": "is",
    "is_not": "is not",
    "at_least": "is at least",
    "at_most": "is at most",
    "more_than": "is more than",
    "less_than": "is less than",
    "contains": "contains",
    "lacks": "does not contain",
    "known": "is known",
    "unknown": "is not known",
}
CONSENTS = {"marketing:email", "marketing:sms", "marketing:push", "marketing:web", "marketing:webhook"} | {
    "analytics",
    "personalisation",
    "marketing",
}


class Rule(msgspec.Struct, forbid_unknown_fields=True):
    subject: Subject
    name: Annotated[str, Meta(max_length=120)] = ""
    operator: Operator = "is"
    value: str | int | float | bool | None = None


class Condition(msgspec.Struct, forbid_unknown_fields=True):
    match: Literal["all", "any"] = "all"
    rules: Annotated[list[Rule], Meta(max_length=20)] = []


def check_condition(condition: Condition, facts: Facts, *, needed: bool = True) -> list[str]:
    """What is wrong with it, in sentences."""
    if not condition.rules:
        return ["Add at least one rule."] if needed else []
    return [problem for rule in condition.rules for problem in _check_rule(rule, facts)]


def _check_rule(rule: Rule, facts: Facts) -> list[str]:
    if not rule.name:
        return ["Each rule needs to say what it looks at."]
    if rule.subject == "segment" and rule.name not in facts.segments:
        return [f"There is no segment “{rule.name}”."]
    if rule.subject == "feature" and rule.name not in {name for name, _ in facts.features}:
        return [f"There is no feature “{rule.name}”."]
    if rule.subject == "consent" and rule.name not in CONSENTS:
        return [f"There is no consent “{rule.name}”."]
    if rule.subject == "cart" and rule.name != "items":
        return [f"Of the cart one may ask for its “items”, not for “{rule.name}”."]
    asks_value = rule.subject not in ("segment", "consent") and rule.operator not in ("known", "unknown")
    if asks_value and (rule.value is None or rule.value == ""):
        return [f"The rule on “{rule.name}” needs a value to compare with."]
    if rule.operator in ("at_least", "at_most", "more_than", "less_than") and _number(rule.value) is None:
        return [f"The rule on “{rule.name}” compares amounts: its value must be a number."]
    return []


def holds(condition: Condition, who: Enrolled, world: World) -> tuple[bool, str]:
    """Whether it holds, and the rule that decided, in words."""
    reason = ""
    for rule in condition.rules:
        value = _read(rule, who, world)
        true = _compare(rule, value)
        reason = _words(rule, value)
        if true == (condition.match == "any"):
            return true, reason
    return condition.match == "all", reason


def matches(condition: Condition, properties: dict[str, Any]) -> bool:
    """Whether an event's properties satisfy the rules on them."""
    if not condition.rules:
        return True
    decide = all if condition.match == "all" else any
    return decide(_compare(rule, _property(properties, rule.name)) for rule in condition.rules)


def _read(rule: Rule, who: Enrolled, world: World) -> Any:
    if rule.subject == "segment":
        return world.in_segment(who, rule.name)
    if rule.subject == "consent":
        purpose, _, channel = rule.name.partition(":")
        return world.consented(who, purpose, channel)
    if rule.subject == "cart":
        return len(world.cart(who))
    if rule.subject == "feature":
        return world.feature(who, rule.name)
    if rule.subject == "trait":
        return world.trait(who, rule.name)
    return _property(world.event(who).get("properties") or {}, rule.name)


def _property(properties: dict[str, Any], name: str) -> Any:
    """A property by its name; "products.category" looks into what lies inside, lists included."""
    value: Any = properties
    for part in name.split("."):
        if isinstance(value, list):
            value = [line.get(part) for line in value if isinstance(line, dict)]
        elif isinstance(value, dict):
            value = value.get(part)
        else:
            return None
    return value


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "at_least": lambda a, b: a >= b,
    "at_most": lambda a, b: a <= b,
    "more_than": lambda a, b: a > b,
    "less_than": lambda a, b: a < b,
}


def _compare(rule: Rule, value: Any) -> bool:
    operator = rule.operator
    if rule.subject in ("segment", "consent"):
        return bool(value) == (operator not in ("is_not", "lacks", "unknown"))
    known = value is not None and value != "" and value != [] and value != {}
    if operator in ("known", "unknown"):
        return known == (operator == "known")
    if not known:
        return operator in ("is_not", "lacks")
    if operator in _COMPARE:
        left, right = _number(value), _number(rule.value)
        return left is not None and right is not None and _COMPARE[operator](left, right)
    if operator in ("contains", "lacks"):
        return _contains(value, rule.value) == (operator == "contains")
    return _same(value, rule.value) == (operator == "is")


def _same(value: Any, wanted: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(_same(one, wanted) for one in value)
    left, right = _number(value), _number(wanted)
    if left is not None and right is not None:
        return left == right
    return _text(value) == _text(wanted)


def _contains(value: Any, wanted: Any) -> bool:
    if isinstance(value, dict | list | tuple):
        return any(_same(one, wanted) for one in value)
    return _text(wanted) in _text(value)


def _text(value: Any) -> str:
    return str(value).strip().lower()


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if number == number else None


def _words(rule: Rule, value: Any) -> str:
    """The rule with what was found: never a trait's or property's value, which may be personal."""
    if rule.subject == "segment":
        return f"{'in' if value else 'not in'} the segment {rule.name}"
    if rule.subject == "consent":
        return f"consent to {rule.name.replace(':', ' by ')} {'given' if value else 'not given'}"
    if rule.subject == "cart":
        return f"{value} item{'' if value == 1 else 's'} in the cart" if value else "nothing in the cart"
    wanted = "" if rule.operator in ("known", "unknown") else f" {rule.value}"
    found = f" ({value})" if rule.subject == "feature" and isinstance(value, int | float) else ""
    return f"asked whether {rule.name}{found} {WORDS[rule.operator]}{wanted}"
