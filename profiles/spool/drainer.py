"""A thread of each web process watches the spool; of all of them one drains it as soon as the database answers."""

from __future__ import annotations

import os
import threading
import time

import structlog
from django.db import connection

from tenants.db import is_away

from . import aside
from .drain import answers, drain
from .folder import Spool
from .local import local_spool
from .locks import Busy

log = structlog.get_logger("attune.spool")

WATCH_SECONDS = 0.5
# A failing record may be ours to mend and not the record's fault: it gets so many tries while the database answers.
TRIES = 10
FORGET_SECONDS = 3600.0

_lock = threading.Lock()
_thread: threading.Thread | None = None
_thread_pid = 0


def start() -> None:
    """Watch this host's spool for as long as the process lives."""
    global _thread, _thread_pid
    with _lock:
        # A forked process inherits the variable, not the thread.
        if _thread is None or _thread_pid != os.getpid() or not _thread.is_alive():
            _thread_pid = os.getpid()
            _thread = threading.Thread(target=_watch, name="spool", daemon=True)
            _thread.start()


def _watch() -> None:
    spool = local_spool()
    failures, forgot_at = 0, 0.0
    _recover(spool)
    while True:
        try:
            if spool.waiting():
                failures = step(spool, failures)
            if time.monotonic() - forgot_at > FORGET_SECONDS:
                aside.forget_old(spool.folder)
                forgot_at = time.monotonic()
        except Exception as error:  # the thread must live: it is tried again
            log.error("spool", error=repr(error))
        time.sleep(WATCH_SECONDS)


def step(spool: Spool, failures: int) -> int:
    """Try to drain; how often it failed in a row although the database answers."""
    try:
        count = drain(spool, give_up_on_failing=failures >= TRIES)
        log.warning("the spool is drained", events=count)
        return 0
    except Busy:
        return 0
    except Exception as error:
        if not is_away(error):
            raise
        return failures + 1 if answers() else 0
    finally:
        connection.close()


def _recover(spool: Spool) -> None:
    try:
        spool.recover()
    except (OSError, Busy) as error:
        log.error("the spool can't be looked at", error=repr(error))
