"""pytest: throw-away services for the whole run, before Django reads its settings.

Loaded by `-p config.services.pytest_plugin` (pyproject.toml). Services that the environment names are used as they are.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack

import pytest

from config.services.resolve import resolve_services
from config.services.throwaway import throwaway_services
from config.services.urls import with_redis_database

_stack = ExitStack()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    # Per process: the tenants of two workers have the same names.
    os.environ["ATTUNE_ARTEFACTS"] = _stack.enter_context(
        tempfile.TemporaryDirectory(prefix="attune-artefacts-")
    )
    os.environ["ATTUNE_SPOOL"] = _stack.enter_context(tempfile.TemporaryDirectory(prefix="attune-spool-"))
    early_config.add_cleanup(_stack.close)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    # The controller has started the services; Django gives each worker its own database, we its own Redis one.
    if worker:
        number = int(worker.removeprefix("gw")) + 1
        os.environ["REDIS_URL"] = with_redis_database(os.environ["REDIS_URL"], number)
        return
    missing = {"DATABASE_URL", "REDIS_URL"} - {name for name in os.environ if os.environ[name]}
    idle = early_config.known_args_namespace.version or early_config.known_args_namespace.help
    if not missing or idle:
        return
    started = _stack.enter_context(throwaway_services()).environment()
    os.environ.update({name: started[name] for name in missing})


def pytest_report_header() -> str:
    services = resolve_services()
    return f"services: {services.database_url.rsplit('@', 1)[-1]} {services.redis_url.rsplit('@', 1)[-1]}"
