"""A spool of the test's own, and a database that is away until somebody says that it is back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from profiles.spool.folder import Spool
from profiles.spool.local import local_spool
from tenants import keyring


@pytest.fixture
def spool(settings: Any, tmp_path: Path) -> Spool:
    settings.SPOOL_ROOT = tmp_path / "spool"
    return local_spool()


@pytest.fixture
def away(scope: Any, committed: None) -> Callable[..., Any]:
    """`with away():` no connection to the database can be made, and open ones are gone. The server itself runs on."""

    @contextmanager
    def outage() -> Iterator[None]:
        settings = connection.settings_dict
        host, port = settings["HOST"], settings["PORT"]
        connection.close()
        settings["HOST"], settings["PORT"] = "127.0.0.1", "1"
        try:
            yield
        finally:
            connection.close()
            settings["HOST"], settings["PORT"] = host, port

    return outage


@pytest.fixture
def known_key(send: Callable[..., Any]) -> None:
    """The key was used before: this process knows whose it is, and Valkey that nothing has changed since."""
    keyring.confirm()
    assert send({"type": "page", "userId": "known"}).status_code == 200
