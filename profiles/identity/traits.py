"""Traits by who said what when: the latest word of each trait holds, whatever order the words came in.

Sealed in a profile's row as {"v": 2, "said": {origin: {trait: [value, at, key, source]}}}: `origin` is the identifier that
the word came under (hexadecimal, with "?" behind it when a browser said it), so that a profile that is taken apart gives
each its own words back; `at` unix microseconds, `key` of the message. Of addresses a trusted word goes before a
browser's, however late that is, until a trusted source takes it back (ADR 0740).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from compliance.names import ADDRESS_TRAITS

SERVER, IMPORT, BROWSER = "server", "import", "browser"
_BY_BROWSER = "?"
# value, at, key, source
Word = list[Any]


class Traits:
    """The words of one profile. Adding and folding are commutative, and harmless twice."""

    __slots__ = ("said",)

    def __init__(self, said: dict[str, dict[str, Word]] | None = None) -> None:
        self.said = said if said is not None else {}

    @classmethod
    def read(cls, text: bytes | str | None) -> Traits:
        """From what was sealed; a plain object of traits, as it was kept once, is a word of nobody's at no time."""
        found = orjson.loads(text) if text else {}
        if isinstance(found, dict) and found.get("v") == 2 and isinstance(found.get("said"), dict):
            return cls(found["said"])
        old = {trait: [value, 0, "", BROWSER] for trait, value in found.items()}
        return cls({_BY_BROWSER: old} if old else {})

    def text(self) -> bytes:
        return orjson.dumps({"v": 2, "said": self.said})

    def say(self, origin: bytes, traits: Mapping[str, Any], at: int, key: bytes, source: str) -> None:
        """`traits` were said at `at` (unix microseconds) under the identifier `origin`, by a server, import or browser."""
        self.add(_place(origin.hex(), source), {t: [v, at, key.hex(), source] for t, v in traits.items()})

    def fold(self, other: Traits, *, trusted: bool = True) -> None:
        """Add another profile's words; not `trusted`: a browser alone said that they are this shopper's."""
        for place, words in other.said.items():
            if trusted or place.endswith(_BY_BROWSER):
                self.add(place, words)
            else:
                self.add(_place(place, BROWSER), {t: [*word[:3], BROWSER] for t, word in words.items()})

    def add(self, place: str, words: Mapping[str, Word]) -> None:
        mine = self.said.setdefault(place, {})
        for trait, word in words.items():
            known = mine.get(trait)
            if known is None or _rank(word) > _rank(known):
                mine[trait] = word

    def words(self) -> dict[str, Word]:
        """The word that holds, of each trait."""
        best: dict[str, Word] = {}
        trusted: dict[str, Word] = {}
        for place, words in self.said.items():
            for trait, word in words.items():
                if trait not in best or _rank(word) > _rank(best[trait]):
                    best[trait] = word
                if trait not in ADDRESS_TRAITS or place.endswith(_BY_BROWSER):
                    continue
                if trait not in trusted or _rank(word) > _rank(trusted[trait]):
                    trusted[trait] = word
        trusted = {trait: word for trait, word in trusted.items() if not _empty(word[0])}
        held = {ADDRESS_TRAITS[trait] for trait in trusted}
        return {
            **{trait: word for trait, word in best.items() if ADDRESS_TRAITS.get(trait) not in held},
            **{t: w for t, w in best.items() if t in ADDRESS_TRAITS and w[3] != BROWSER},
            **trusted,
        }

    def view(self) -> dict[str, Any]:
        """Trait → value, as anybody reads them."""
        return {trait: word[0] for trait, word in self.words().items()}


def opened(text: bytes | str | None) -> dict[str, Any]:
    """Trait → value of what was sealed."""
    return Traits.read(text).view()


def says_address(traits: Iterable[str]) -> bool:
    return any(trait in ADDRESS_TRAITS for trait in traits)


def _place(origin: str, source: str) -> str:
    return origin + _BY_BROWSER if source == BROWSER else origin


def _rank(word: Word) -> tuple[int, str, bytes]:
    return word[1], word[2], orjson.dumps(word[0], option=orjson.OPT_SORT_KEYS)


def _empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
