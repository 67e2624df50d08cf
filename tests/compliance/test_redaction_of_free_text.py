"""Texts that people write: names and places too, without a network."""

from __future__ import annotations

import threading

import pytest

from compliance.redaction import redact
from compliance.redaction.analyzer import PIECE


def test_names_places_and_numbers() -> None:
    text = "Ada Lovelace from London wrote from ada@example.com; she lives at 221B Baker Street."
    left = redact(text)
    assert left.text == (
        "<PERSON> from <LOCATION> wrote from <EMAIL_ADDRESS>; she lives at <STREET_ADDRESS>."
    )
    assert left.found == {"PERSON": 1, "LOCATION": 1, "EMAIL_ADDRESS": 1, "STREET_ADDRESS": 1}


@pytest.mark.parametrize("text", ["", "  \n", "Checked by phone, all is well."])
def test_nothing_to_hide(text) -> None:
    assert redact(text).text == text
    assert not redact(text).found


def test_a_language_without_a_model_gets_the_patterns() -> None:
    assert redact("Ada schrieb von ada@example.com", "de").text == "Ada schrieb von <EMAIL_ADDRESS>"


def test_a_long_text_is_read_to_its_end() -> None:
    filler = "The parcel was left at the door. " * (2 * PIECE // 30)
    left = redact(f"{filler}John Smith called from +44 20 7946 0958.").text
    assert left.startswith("The parcel")
    assert left.endswith("<PERSON> called from <PHONE_NUMBER>.")


def test_many_threads_share_one_model() -> None:
    results: list[str] = []
    threads = [
        threading.Thread(target=lambda: results.append(redact("John Smith called.").text)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == ["<PERSON> called."] * 4


def test_a_note_on_a_request_names_nobody(inside) -> None:
    from compliance.requests.subject import clean_note

    assert (
        clean_note(" Ada Lovelace called from +44 20 7946 0958. ") == "<PERSON> called from <PHONE_NUMBER>."
    )
