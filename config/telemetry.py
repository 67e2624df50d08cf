"""Logs as one JSON object a line, with the tenant in it; the standard library's loggers take the same form.

Every line passes the redactor last, whoever wrote it: an exception's text may quote what a shopper sent.
"""

from __future__ import annotations

import logging

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger

from compliance.redaction.patterns import redact_values

_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]


class JsonFormatter(structlog.stdlib.ProcessorFormatter):
    def __init__(self) -> None:
        super().__init__(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                redact,
                structlog.processors.JSONRenderer(serializer=_dumps),
            ],
            foreign_pre_chain=_SHARED,
        )


# Ours, of no person: they are not worth a look.
_OURS = frozenset({"timestamp", "level", "logger", "tenant", "task"})


def redact(logger: WrappedLogger, name: str, line: EventDict) -> EventDict:
    """The line without personal data. Never raises: a line that can't be read is not written as it is."""
    try:
        ours = {key: value for key, value in line.items() if key in _OURS}
        return {**redact_values({k: v for k, v in line.items() if k not in _OURS}), **ours}
    except Exception as error:
        return {"event": "a log line could not be redacted", "level": "error", "error": type(error).__name__}


def configure() -> None:
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )


def _dumps(value: object, **_: object) -> str:
    return orjson.dumps(value, default=str).decode()
