"""What a merchant expects instead of the defaults: how much may fail, or that nothing is expected at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.db import transaction

from tenants import audit

from .expectations import EXPECTATIONS, Expectation
from .models import ExpectationLimit

BY_NAME = {one.name: one for one in EXPECTATIONS}


class BadLimit(ValueError):
    """`field` of the form, and a sentence for people."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message


@dataclass(frozen=True)
class Limits:
    """The rows of the connection's tenant, by expectation."""

    rows: Mapping[str, ExpectationLimit] = field(default_factory=dict)

    def of(self, one: Expectation) -> Expectation | None:
        """The expectation as the merchant has it; None when it is switched off."""
        row = self.rows.get(one.name)
        if row is None:
            return one
        return None if row.off else replace(one, warn=row.warn, fail=row.fail)

    def expects(self, name: str) -> bool:
        return name not in self.rows or not self.rows[name].off


def read_limits() -> Limits:
    return Limits({row.name: row for row in ExpectationLimit.objects.all()})


def set_limits(name: str, warn: str, fail: str, *, off: bool, actor: str) -> ExpectationLimit:
    """Shares in per cent, as people write them. Raises BadLimit, KeyError for what has no limits of its own."""
    one = BY_NAME[name]
    told = {"warn": _share("warn", warn), "fail": _share("fail", fail)} if not off else _kept(one)
    if told["warn"] > told["fail"]:
        raise BadLimit("warn", "“Worth a look” comes before “Fails”: its share can't be the larger one.")
    with transaction.atomic():
        row, _ = ExpectationLimit.objects.update_or_create(name=name, defaults={**told, "off": off})
        audit.record("expectation changed", f"expectation:{name}", actor, off=off, **told)
    return row


def reset_limits(name: str, actor: str) -> None:
    """Back to the defaults."""
    with transaction.atomic():
        if ExpectationLimit.objects.filter(name=name).delete()[0]:
            audit.record("expectation reset", f"expectation:{name}", actor)


def _kept(one: Expectation) -> dict[str, float]:
    """The limits that an expectation comes back with when it is switched on again."""
    row = ExpectationLimit.objects.filter(name=one.name).first()
    return {"warn": row.warn, "fail": row.fail} if row else {"warn": one.warn, "fail": one.fail}


def _share(field: str, text: str) -> float:
    try:
        share = float(text.strip().removesuffix("%").strip().replace(",", "."))
    except ValueError:
        raise BadLimit(field, "Write a share in per cent, such as 2.5.") from None
    if not 0 <= share <= 100:
        raise BadLimit(field, "A share lies between 0 and 100 %.")
    return share / 100
