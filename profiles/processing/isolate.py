"""One bad event does not stop the others: a batch that fails is halved until the event at fault is alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog
from django.db import InterfaceError, OperationalError, transaction
from psycopg import errors

from .decode import Occurrence
from .letters import Failure
from .people import Moved

log = structlog.get_logger("attune.processing")

# So many that fail from the first on point at us, not at the events.
SUSPICIOUS = 20
PROCESSING_FAILED = "processing_failed"
# Nobody's fault: the batch is taken again.
PASSING = (OperationalError, InterfaceError, errors.OperationalError, Moved)

Process = Callable[[list[Occurrence]], dict[str, int]]


class Stalled(Exception):
    """Every event of a large batch failed: something of ours is broken. The events wait."""


@dataclass(slots=True)
class Isolation:
    """`process` is called in a savepoint. `patient`: give up with `Stalled` while it may still be our own fault."""

    process: Process
    patient: bool
    told: dict[str, int] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    succeeded: bool = False

    def run(self, events: Sequence[Occurrence]) -> None:
        """Process `events` in order. Raises `Stalled`, and whatever `PASSING` there is."""
        self._halve(list(events), last=list(events[-1:]))

    def _halve(self, events: list[Occurrence], last: list[Occurrence]) -> None:
        try:
            with transaction.atomic():
                told = self.process(events)
        except PASSING:
            raise
        except Exception as error:  # whatever one event can cause
            if len(events) > 1:
                log.warning(
                    "batch failed; looking for the event at fault", error=repr(error), events=len(events)
                )
                middle = len(events) // 2
                self._halve(events[:middle], last)
                self._halve(events[middle:], last)
                return
            self._set_aside(events[0], error, last)
        else:
            self.told.update(told)
            self.succeeded = True

    def _set_aside(self, event: Occurrence, error: Exception, last: list[Occurrence]) -> None:
        log.warning("event failed", event_id=event.claimed.id, exc_info=error)
        self.failures.append(
            Failure(event.claimed, PROCESSING_FAILED, f"{type(error).__name__}: {error}", event.name)
        )
        first_ones = len(self.failures) == SUSPICIOUS and not self.succeeded
        if first_ones and self.patient and not self._would_pass(last):
            raise Stalled(str(error))

    def _would_pass(self, events: list[Occurrence]) -> bool:
        try:
            with transaction.atomic():
                self.process(events)
                transaction.set_rollback(True)
        except PASSING:
            raise
        except Exception:  # it fails too; why was written when the first ones were set aside
            return False
        return True
