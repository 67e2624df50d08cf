"""The process behind `reader`: a line of JSON in, a line of JSON out, until nothing has come for a while."""

from __future__ import annotations

import json
import os
import select
import sys

IDLE_SECONDS = 600.0


def main() -> None:
    # Whatever a library prints must not stand among the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    from .analyzer import redact_text

    while select.select([0], [], [], IDLE_SECONDS)[0]:
        line = sys.stdin.readline()
        if not line:
            return
        asked = json.loads(line)
        try:
            left = redact_text(asked["text"], asked["language"])
            answer = {"text": left.text, "found": left.found}
        except Exception as error:
            # Only its kind: the message may say the text again.
            answer = {"error": type(error).__name__}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
