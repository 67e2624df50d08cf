"""Logs as one JSON object a line, with the tenant in it; the standard library's loggers take the same form.

Every line passes the redactor last, whoever wrote it: an exception's text may quote what a shopper sent.
"""

from __future__ import annotations

import logging
from typing import Any

import orjson
import structlog
from django.conf import settings
from django.urls import get_resolver
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


class RoutesForPaths(logging.Filter):
    """A request's path may hold a user id: its line says the route's pattern instead, "api/v1/profiles/<user_id>".

    Of what the asker did wrong (4xx) it is one line: where it was refused in the code helps nobody.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        request: Any = getattr(record, "request", None)
        path = getattr(request, "path", "")
        if path and path != "/":
            route = route_of(request)
            record.msg = record.getMessage()
            for written in {request.get_full_path(), path, request.path_info}:
                # Django escapes what is no ASCII.
                for form in (written, written.encode("unicode_escape").decode("ascii")):
                    record.msg = record.msg.replace(form, route)
            record.args = ()
        if 400 <= getattr(record, "status_code", 0) < 500:
            record.exc_info, record.exc_text = None, None
        return True


def route_of(request: Any) -> str:
    """The pattern that the request's path matched, or matches; never the path."""
    match = getattr(request, "resolver_match", None)
    for urlconf in (settings.API_URLCONF, getattr(request, "urlconf", None)) if match is None else ():
        try:
            match = get_resolver(urlconf).resolve(request.path_info)
        except Exception:  # noqa: S112  # a path that is nobody's, or can't be read
            continue
        break
    return match.route if match is not None and match.route else "(no route)"


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
