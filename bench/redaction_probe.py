"""Recall of the redactor on sentences that presidio-evaluator generates: data that nobody here wrote.

Its package drags half a workshop along, so it is not part of the requirements: generate the sentences in an environment of
its own, then measure in ours.

    python -m venv /tmp/evaluator && /tmp/evaluator/bin/pip install presidio-evaluator
    /tmp/evaluator/bin/python bench/redaction_probe.py generate /tmp/sentences.json
    .venv/bin/python bench/redaction_probe.py measure /tmp/sentences.json
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

SENTENCES = 1000


def generate(path: Path) -> None:
    from presidio_evaluator.data_generator import PresidioSentenceFaker

    made = PresidioSentenceFaker(locale="en_US", lower_case_ratio=0.05).generate_new_fake_sentences(SENTENCES)
    sentences = [
        {"text": one.full_text, "spans": [(s.entity_type, s.entity_value) for s in one.spans]} for one in made
    ]
    path.write_text(json.dumps(sentences))


def measure(path: Path) -> None:
    """A value counts as found when it does not stand in the redacted text any more, whatever it was taken for."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from compliance.redaction import redact, redact_patterns

    sentences = json.loads(path.read_text())
    for redactor in (redact, redact_patterns):
        asked: Counter[str] = Counter()
        gone: Counter[str] = Counter()
        for sentence in sentences:
            left = redactor(sentence["text"]).text
            for kind, value in sentence["spans"]:
                asked[kind] += 1
                gone[kind] += value not in left
        print(redactor.__name__)
        for kind, count in asked.most_common():
            print(f"  {kind:20} {gone[kind] / count:6.1%} of {count}")


if __name__ == "__main__":
    {"generate": generate, "measure": measure}[sys.argv[1]](Path(sys.argv[2]))
