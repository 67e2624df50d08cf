"""Sentences with personal data whose kinds and places are known, made from templates and values; no randomness."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle

VALUES = {
    "PERSON": [
        "John Smith", "Maria Garcia", "Ada Lovelace", "Wei Zhang", "Fatima Khan", "James O'Connor", "Anna Müller",
        "Robert Johnson", "Priya Patel", "Lucas Silva", "Emma Thompson", "David Cohen", "Sarah Williams",
        "Mohammed Ali", "Ingrid Larsen", "Peter Novak", "Linda Davis", "Thomas Becker", "Grace Lee", "Carlos Mendez",
    ],
    "EMAIL_ADDRESS": [
        "ada@example.com", "j.smith+shop@mail.example.co.uk", "maria_garcia@garcia.es", "o'connor@example.ie",
        "wei.zhang99@qq.com", "x@y.io", "info@müller.de", "first.last@sub.domain.example.org", "P.Patel@Gmail.com",
    ],
    "PHONE_NUMBER": [
        "+44 20 7946 0958", "+1 (415) 555-2671", "415-555-2671", "+49 151 23456789", "020 7946 0958", "+33 1 42 68 53 00",
        "+14155552671", "(415) 555-2671", "+31 20 794 0958", "01 42 68 53 00",
    ],
    "CREDIT_CARD": [
        "4111 1111 1111 1111", "5555555555554444", "4012-8888-8888-1881", "378282246310005", "6011111111111117",
    ],
    "IBAN_CODE": [
        "DE89370400440532013000", "GB29 NWBK 6016 1331 9268 19", "FR1420041010050500013M02606", "NL91ABNA0417164300",
    ],
    "IP_ADDRESS": ["203.0.113.7", "198.51.100.23", "2001:db8:85a3::8a2e:370:7334", "192.168.1.17"],
    "STREET_ADDRESS": ["221B Baker Street", "1600 Pennsylvania Avenue", "12 High St", "Lindenstraße 5", "7 Oxford Road"],
}  # fmt: skip

TEMPLATES = [
    "{PERSON} asked us to delete the account {EMAIL_ADDRESS}.",
    "My name is {PERSON} and I live at {STREET_ADDRESS}.",
    "Please call {PERSON} back on {PHONE_NUMBER} before noon.",
    "The shopper wrote from {EMAIL_ADDRESS}, phone {PHONE_NUMBER}.",
    "Paid with card {CREDIT_CARD} by {PERSON}.",
    "Refund goes to {IBAN_CODE}, account of {PERSON}.",
    "Request came from {IP_ADDRESS}.",
    "Hi, this is {PERSON}. You can reach me at {PHONE_NUMBER} or {EMAIL_ADDRESS}.",
    "I compared the passport of {PERSON} with the order; the address is {STREET_ADDRESS}.",
    "Sent to {EMAIL_ADDRESS} and to {EMAIL_ADDRESS}",
    "Caller said her name was {PERSON}, number {PHONE_NUMBER}.",
    "Delivery for {PERSON}, {STREET_ADDRESS}, left with a neighbour.",
    "card number: {CREDIT_CARD}",
    "IBAN {IBAN_CODE}",
    "blocked {IP_ADDRESS} after five tries",
    "{PERSON} called twice about the coupon.",
    "Spoke with {PERSON} on the phone, verified by date of birth.",
    "e-mail={EMAIL_ADDRESS};tel={PHONE_NUMBER}",
]

# What must stay readable: ids, times, counts, versions, our own words.
CLEAN = [
    "batch failed; trying its events one by one",
    "seal 12 of t_alpha with 1,000 records",
    "2026-11-23T14:14:02.167933+00:00",
    "profile:01890000-0000-7000-8000-000000000001",
    "event 1763900000123 in lane 7",
    "version 1.12.3 promoted, 92,331 items, 1,469,307 lines",
    "order 1234567890 of 2026-11-23 14:14:02",
    "head 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "127.0.0.1:8000 answered in 12.5 ms",
    "key sk_alpha_x revoked",
    "price 19.99, was 24.99, 20 % off",
    "“products” must be a list",
    "rule:17 boost Dairy > Milk weight 2.5",
]


@dataclass(frozen=True)
class Labelled:
    """`spans`: (kind, value) in the order in which they stand in `text`."""

    text: str
    spans: tuple[tuple[str, str], ...]


def sentences(rounds: int = 20) -> Iterator[Labelled]:
    """Each template `rounds` times, with the next values."""
    values = {kind: cycle(known) for kind, known in VALUES.items()}
    for _ in range(rounds):
        for template in TEMPLATES:
            spans: list[tuple[str, str]] = []

            def put(match: re.Match[str], spans: list[tuple[str, str]] = spans) -> str:
                value = next(values[match[1]])
                spans.append((match[1], value))
                return value

            text = re.sub(r"\{(\w+)\}", put, template)
            yield Labelled(text, tuple(spans))
