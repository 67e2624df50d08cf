"""Why a step of a request is refused, in a sentence for whoever tried."""

from __future__ import annotations


class Refused(Exception):
    """`code` is stable; the message is for people."""

    def __init__(self, code: str, message: str, **extra: object) -> None:
        super().__init__(message)
        self.code = code
        self.extra = extra
