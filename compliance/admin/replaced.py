"""What a note lost when it was looked through for personal data, in words."""

from __future__ import annotations

import re
from collections import Counter

_KINDS = {
    "PERSON": ("name", "names"),
    "LOCATION": ("place", "places"),
    "ORGANIZATION": ("firm", "firms"),
    "STREET_ADDRESS": ("street address", "street addresses"),
    "EMAIL_ADDRESS": ("e-mail address", "e-mail addresses"),
    "PHONE_NUMBER": ("phone number", "phone numbers"),
    "CREDIT_CARD": ("card number", "card numbers"),
    "IBAN_CODE": ("IBAN", "IBANs"),
    "IP_ADDRESS": ("IP address", "IP addresses"),
    "US_SSN": ("social security number", "social security numbers"),
    "ID_NUMBER": ("number of a document", "numbers of documents"),
    "BIRTH_DATE": ("date of birth", "dates of birth"),
}
_MARK = re.compile(rf"<({'|'.join(_KINDS)})>")


def in_words_of_notes(note: str) -> str:
    """ "1 name and 2 phone numbers were replaced."; empty for a note that lost nothing."""
    counts = Counter(_MARK.findall(note))
    if not counts:
        return ""
    said = [f"{n} {_KINDS[kind][n > 1]}" for kind, n in counts.items()]
    listed = f"{', '.join(said[:-1])} and {said[-1]}" if len(said) > 1 else said[0]
    return f"{listed} {'was' if counts.total() == 1 else 'were'} replaced."
