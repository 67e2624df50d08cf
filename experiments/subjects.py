"""What an experiment can be about. Rooms above this one bring their subjects through settings.EXPERIMENT_SUBJECTS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class VariantField:
    """Something that a variant may change. `kind`: "select" (with `choices`: value, label) or "number"."""

    name: str
    label: str
    kind: str
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    least: int = 1
    most: int = 50


class Subject(Protocol):
    """One kind of `Experiment.Kind`. A target is what of that kind is compared: for placements, the placement's key."""

    def targets(self) -> list[tuple[str, str]]:
        """Keys and names to choose from."""

    def fields(self) -> list[VariantField]:
        """What a variant may change."""

    def problems(self, target: str, payload: dict[str, Any]) -> list[str]:
        """Why a variant can't run, in sentences; empty when it can."""

    def describe(self, target: str, payload: dict[str, Any]) -> str:
        """What shoppers of a variant get, in words."""

    def reach(self, target: str, days: int) -> int:
        """How many shoppers with a profile came to the target in the last `days`."""


def subject_of(kind: str) -> Subject | None:
    """The subject of a kind, None when no room brings it: then variants carry no payload."""
    return _subjects().get(kind)


@cache
def _subjects() -> dict[str, Any]:
    return {kind: import_string(path)() for kind, path in settings.EXPERIMENT_SUBJECTS.items()}


def cleaned(fields: Sequence[VariantField], payload: dict[str, Any]) -> dict[str, Any]:
    """What of a payload the fields know and that says something; numbers as numbers.

    Raises ValueError with a sentence for a value that is no choice, no number or out of bounds.
    """
    clean: dict[str, Any] = {}
    for field in fields:
        value = payload.get(field.name)
        if value is None or value == "":
            continue
        if field.kind == "number":
            try:
                number = int(str(value))
            except ValueError as error:
                raise ValueError(f"{field.label} must be a whole number.") from error
            if not field.least <= number <= field.most:
                raise ValueError(f"{field.label} must be from {field.least} to {field.most}.")
            clean[field.name] = number
        elif str(value) in dict(field.choices):
            clean[field.name] = str(value)
        else:
            raise ValueError(f"{field.label} can't be “{str(value)[:40]}”.")
    return clean
