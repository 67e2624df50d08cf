"""The patterns: what proves to be personal data is replaced by its kind, in texts and in structures."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.redaction import redact_patterns, redact_values
from compliance.redaction.patterns import HIDDEN


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("write to ada@example.com!", "write to <EMAIL_ADDRESS>!"),
        ("Key (email)=(ada@example.com) already exists.", "Key (email)=(<EMAIL_ADDRESS>) already exists."),
        ("4111 1111 1111 1111", "<CREDIT_CARD>"),
        ("4111 1111 1111 1112", "4111 1111 1111 1112"),  # fails Luhn
        ("DE89 3704 0044 0532 0130 00", "<IBAN_CODE>"),
        ("DE88370400440532013000", "DE88370400440532013000"),  # fails its check digits
        ("from 203.0.113.7:443", "from <IP_ADDRESS>:443"),
        ("999.1.1.1", "999.1.1.1"),
        ("2001:db8::1 refused", "<IP_ADDRESS> refused"),
        ("at 12:34:56 o'clock", "at 12:34:56 o'clock"),
        ("call +44 20 7946 0958.", "call <PHONE_NUMBER>."),
        ("profile:44207946095", "profile:44207946095"),
        ("passport C01X00T47 seen", "passport <ID_NUMBER> seen"),
        ("Passport C01X00T47", "Passport <ID_NUMBER>"),
        ("Passport no. 123456789, valid", "Passport no. <ID_NUMBER>, valid"),
        ("ID: L1234567.", "ID: <ID_NUMBER>."),
        ("request ID 7c2d5f0e, ID 12345678", "request ID 7c2d5f0e, ID 12345678"),
        ("passport seen, number checked", "passport seen, number checked"),
        ("born 3 April 1980", "born <BIRTH_DATE>"),
        ("Born on 03.04.1980, called", "Born on <BIRTH_DATE>, called"),
        ("born in London", "born in London"),
        ("", ""),
    ],
)
def test_what_is_replaced(text, left) -> None:
    assert redact_patterns(text).text == left


def test_it_says_what_it_found() -> None:
    found = redact_patterns("a@b.de, c@d.fr and 203.0.113.7").found
    assert found == {"EMAIL_ADDRESS": 2, "IP_ADDRESS": 1}


def test_structures_keep_their_shape() -> None:
    value = {"n": 1, "on": True, "none": None, "list": ["x", "a@b.de"], "deep": {"note": "call +14155552671"}}
    assert redact_values(value) == {
        "n": 1, "on": True, "none": None, "list": ["x", "<EMAIL_ADDRESS>"], "deep": {"note": "call <PHONE_NUMBER>"},
    }  # fmt: skip


@pytest.mark.parametrize("key", ["email", "First_Name", "Authorization", "user-id", "phone", "set-cookie"])
def test_personal_keys_hide_what_they_hold(key) -> None:
    assert redact_values({key: "Ada"}) == {key: HIDDEN}
    assert redact_values({"x": [{key: ["Ada", "Lovelace"]}]}) == {"x": [{key: HIDDEN}]}


def test_a_count_under_a_personal_key_is_a_count() -> None:
    assert redact_values({"identifiers": 3, "email": "", "phone": 442079460958}) == {
        "identifiers": 3, "email": "", "phone": HIDDEN,
    }  # fmt: skip


def test_structures_that_never_end_are_cut() -> None:
    ring: dict = {}
    ring["ring"] = ring
    assert HIDDEN in str(redact_values(ring))


@given(st.text(string.ascii_letters + string.digits + " @.+-:()/,\n", max_size=200))
def test_redacting_twice_changes_nothing_more(text) -> None:
    once = redact_patterns(text).text
    assert redact_patterns(once).text == once


@given(st.emails())
def test_no_address_survives(address) -> None:
    left = redact_patterns(f"by {address} today").text
    name = address.partition("@")[0]
    assert f"{name}@" not in left or not re.fullmatch(r"[\w.+-]+", name)
