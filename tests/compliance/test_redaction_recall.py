"""How much of the personal data in labelled sentences the redactor finds. Run with -s to read the figures."""

from __future__ import annotations

from collections import Counter

import pytest

from compliance.redaction import redact, redact_patterns

from .labelled import CLEAN, VALUES, sentences

# Floors a little under what was measured, so that a change for the worse is seen.
FULL = {
    "EMAIL_ADDRESS": 1.0,
    "CREDIT_CARD": 1.0,
    "IBAN_CODE": 1.0,
    "IP_ADDRESS": 1.0,
    "PHONE_NUMBER": 0.97,
    "STREET_ADDRESS": 0.95,
    "PERSON": 0.85,
}
PATTERNS = {
    "EMAIL_ADDRESS": 1.0,
    "CREDIT_CARD": 1.0,
    "IBAN_CODE": 1.0,
    "IP_ADDRESS": 1.0,
    "PHONE_NUMBER": 1.0,
}


def recall(redactor) -> dict[str, float]:
    """Share of the values of each kind that are gone from the text, whatever they were taken for."""
    asked: Counter[str] = Counter()
    gone: Counter[str] = Counter()
    for sentence in sentences():
        text = redactor(sentence.text).text
        for kind, value in sentence.spans:
            asked[kind] += 1
            gone[kind] += value not in text
    return {kind: gone[kind] / asked[kind] for kind in sorted(asked)}


@pytest.mark.parametrize(
    ("redactor", "floors"), [(redact, FULL), (redact_patterns, PATTERNS)], ids=["full", "patterns"]
)
def test_recall(redactor, floors) -> None:
    measured = recall(redactor)
    print(redactor.__name__, {kind: f"{share:.1%}" for kind, share in measured.items()})
    assert set(FULL) == set(VALUES)
    missed = {kind: measured[kind] for kind, floor in floors.items() if measured[kind] < floor}
    assert not missed


@pytest.mark.parametrize("text", CLEAN)
def test_what_names_nobody_stays_readable(text) -> None:
    assert redact_patterns(text).text == text
