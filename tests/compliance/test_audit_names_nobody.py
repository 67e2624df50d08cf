"""The trail can't be changed later: what has the form of personal data never gets in."""

from __future__ import annotations

import inspect

import pytest

from tenants import audit
from tenants.workspace.models import AuditRecord


def test_details_are_redacted_at_the_door(inside) -> None:
    write = inspect.unwrap(audit.record)  # past the guard of the tests
    write(
        "note added",
        "request:1",
        "user:1",
        note="called +44 20 7946 0958",
        by={"email": "ada@example.com"},
        n=2,
    )
    record = AuditRecord.objects.latest("pk")
    assert record.details == {"note": "called <PHONE_NUMBER>", "by": {"email": "<REDACTED>"}, "n": 2}


@pytest.mark.parametrize(
    "said", [{"target": "profile:ada@example.com"}, {"note": "from 203.0.113.7"}, {"name": "x", "email": "a"}]
)
def test_the_guard_of_the_tests_sees_it(inside, said) -> None:
    target = said.pop("target", "request:1")
    with pytest.raises(AssertionError, match="audit trail"):
        audit.record("note added", target, "user:1", **said)
