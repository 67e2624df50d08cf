"""What has a form: e-mail addresses, card numbers, IBANs, IP addresses, phone numbers. No library, microseconds.

Numbers are only taken for personal data when they prove it: cards by Luhn's check digit (ISO/IEC 7812), IBANs by theirs
(ISO 13616), IP addresses by being valid, phone numbers by a leading + or by the way they are grouped. Ids, counts and
times in a log line must stay readable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

EMAIL, CARD, IBAN, IP, PHONE = "EMAIL_ADDRESS", "CREDIT_CARD", "IBAN_CODE", "IP_ADDRESS", "PHONE_NUMBER"
DOCUMENT, BIRTH = "ID_NUMBER", "BIRTH_DATE"
HIDDEN = "<REDACTED>"


@dataclass(frozen=True, slots=True)
class Redacted:
    """`found`: kind of personal data → how often it stood in the text."""

    text: str
    found: Mapping[str, int]


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def _is_card(text: str) -> bool:
    digits = _digits(text)
    if not 13 <= len(digits) <= 19 or digits[0] not in "23456" or len(set(digits)) < 2:
        return False
    doubled = (int(d) * 2 for d in digits[-2::-2])
    total = sum(int(d) for d in digits[-1::-2]) + sum(d - 9 if d > 9 else d for d in doubled)
    return total % 10 == 0


def _is_iban(text: str) -> bool:
    compact = text.replace(" ", "").upper()
    if not 15 <= len(compact) <= 34:
        return False
    moved = compact[4:] + compact[:4]
    return int("".join(str(int(c, 36)) for c in moved)) % 97 == 1


def _is_address(text: str) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    # Of no person: this machine itself.
    return not (address.is_loopback or address.is_unspecified)


def _is_phone(text: str) -> bool:
    return 7 <= len(_digits(text)) <= 15


# Kind, what must stand in the text for the pattern to be worth trying, pattern, proof.
_PATTERNS: tuple[tuple[str, Callable[[str], bool], re.Pattern[str], Callable[[str], bool]], ...] = (
    (
        EMAIL,
        lambda text: "@" in text,
        re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"),
        lambda found: True,
    ),
    (
        IBAN,
        lambda text: True,
        re.compile(
            r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]{4}){2,7}(?: ?[A-Za-z0-9]{1,3})?(?![A-Za-z0-9])"
        ),
        _is_iban,
    ),
    (CARD, lambda text: True, re.compile(r"(?<![\w.+-])\d(?:[ -]?\d){12,18}(?![\w-])(?!\.\d)"), _is_card),
    (
        IP,
        lambda text: "." in text,
        re.compile(r"(?<![\w.-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-])(?!\.\d)"),
        _is_address,
    ),
    (
        IP,
        lambda text: ":" in text,
        re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])"),
        _is_address,
    ),
    (
        PHONE,
        lambda text: True,
        re.compile(
            r"""(?<![\w.+/-])(?:
                \+\d{1,3}[ .\-]?(?:\(\d{1,4}\)[ .\-]?)?\d{1,4}(?:[ .\-]?\d{2,4}){1,4}  # +44 20 7946 0958
                | \(\d{2,5}\)[ ]?\d{3,4}[ .\-]?\d{2,4}(?:[ .\-]?\d{2})?                # (020) 7946 0958
                | 0\d{1,4}[ /\-]\d{3,4}[ .\-]?\d{2,4}(?:[ .\-]?\d{2})?                 # 020 7946 0958
                | 0\d(?:[ .]\d{2}){4}                                                  # 01 23 45 67 89
                | \d{3}[ .\-]\d{3}[ .\-]\d{4}                                          # 415-555-2671
            )(?![\w-])(?!\.\d)""",
            re.VERBOSE,
        ),
        _is_phone,
    ),
    # What only the word before it gives away; that word stays.
    (
        DOCUMENT,
        lambda text: True,
        re.compile(
            r"""(?P<word>\b(?i:passport|id[ ]card|identity[ ]card|driving[ ]licen[cs]e)\b
                    (?:[ ](?:no\.?|nr\.?|number)(?![A-Za-z]))?[ :#]{1,3}(?=(?:[A-Za-z]*\d){4})(?=[A-Za-z0-9]{7,12}(?!\w))
                | \bID[ :#]{1,3}(?=[A-Z]{1,3}\d{6,9}(?!\w)))
                [A-Za-z0-9]+""",
            re.VERBOSE,
        ),
        lambda found: True,
    ),
    (
        BIRTH,
        lambda text: "born" in text.lower(),
        re.compile(
            r"""(?P<word>\b[Bb]orn[ ](?:on[ ](?:the[ ])?)?)
                (?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4}
                | \d{1,2}(?:st|nd|rd|th)?[ ](?:of[ ])?[A-Z][a-z]{2,8}\.?,?[ ]\d{4}
                | [A-Z][a-z]{2,8}\.?[ ]\d{1,2}(?:st|nd|rd|th)?,?[ ]\d{4})(?!\w)""",
            re.VERBOSE,
        ),
        lambda found: True,
    ),
)
# Without one of these nothing above can match.
_WORTH_A_LOOK = re.compile(
    r"@|\d[^A-Za-z]{5}|[A-Za-z]{2}\d{2}|:[0-9A-Fa-f]{0,4}:|[Bb]orn |(?i:passport|licen[cs]e|\bid)\b"
)


def redact_patterns(text: str) -> Redacted:
    """`text` with everything that has the form of personal data replaced by its kind."""
    if not _WORTH_A_LOOK.search(text):
        return Redacted(text, {})
    found: dict[str, int] = {}
    for kind, worth, pattern, proven in _PATTERNS:
        if not worth(text):
            continue

        def replaced(match: re.Match[str], kind: str = kind, proven: Any = proven) -> str:
            if not proven(match[0]):
                return match[0]
            found[kind] = found.get(kind, 0) + 1
            return f"{match.groupdict().get('word', '')}<{kind}>"

        text = pattern.sub(replaced, text)
    return Redacted(text, found)


# Fields that name a person or open a door, whatever they hold.
PERSONAL_KEYS = frozenset(
    [
        "email",
        "e_mail",
        "mail",
        "email_address",
        "phone",
        "phone_number",
        "mobile",
        "tel",
        "telephone",
        "first_name",
        "firstname",
        "given_name",
        "last_name",
        "lastname",
        "surname",
        "family_name",
        "full_name",
        "fullname",
        "customer_name",
        "shopper_name",
        "birthday",
        "birth_date",
        "date_of_birth",
        "dob",
        "address",
        "street",
        "postcode",
        "zip",
        "zip_code",
        "ssn",
        "iban",
        "card",
        "card_number",
        "ip",
        "ip_address",
        "remote_addr",
        "user_agent",
        "user_id",
        "userid",
        "anonymous_id",
        "anonymousid",
        "traits",
        "identifier",
        "identifiers",
        "password",
        "passwd",
        "secret",
        "token",
        "api_key",
        "apikey",
        "authorization",
        "cookie",
        "set_cookie",
        "session_key",
        "shopper_token",
        "write_key",
        "writekey",
    ]
)
DEEPEST = 24


def redact_values(value: Any, depth: int = 0) -> Any:
    """The same structure with every text redacted, and what stands under a personal key hidden whole."""
    if isinstance(value, str):
        return redact_patterns(value).text
    if isinstance(value, bool | int | float | None):
        return value
    if depth >= DEEPEST:
        return HIDDEN
    if isinstance(value, Mapping):
        return {key: _field(key, inner, depth) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact_values(inner, depth + 1) for inner in value]
    if isinstance(value, bytes):
        return redact_patterns(value.decode(errors="replace")).text
    # What it will look like in the end is what counts.
    return redact_patterns(str(value)).text


def _field(key: Any, value: Any, depth: int) -> Any:
    if isinstance(key, str) and _plain(key) in PERSONAL_KEYS and not _says_nothing(value):
        return HIDDEN
    return redact_values(value, depth + 1)


def _says_nothing(value: Any) -> bool:
    """Empty, a yes or no, or a count: nobody's telephone has four digits."""
    return value is None or value == "" or (isinstance(value, int) and abs(value) < 10_000)


def _plain(key: str) -> str:
    return key.lower().replace("-", "_")
