"""A web server of its own over a Postgres of its own, which can be killed and started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psutil
from django.conf import settings
from django.db import connection

from config.services import PROJECT
from config.services.postgres import Postgres, binaries
from config.services.process import start_process


class Outage:
    """`url` answers as Attune; `kill_database` and `start_database` are its outage."""

    def __init__(self, postgres: Postgres, redis_url: str, folder: Path) -> None:
        self._postgres = postgres
        self._folder = folder
        self._database: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self._environment = {
            **os.environ,
            "DATABASE_URL": postgres.url(),
            "REDIS_URL": redis_url,
            "ATTUNE_SPOOL": str(folder / "spool"),
            "ATTUNE_VAR": str(folder),
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
        }
        self._web: subprocess.Popen[bytes] | None = None

    def copy_database(self) -> None:
        """What this test run's database holds, as the start."""
        own = connection.settings_dict
        place = ["-h", own["HOST"], "-p", str(own["PORT"] or 5432), "-U", own["USER"]]
        dump = subprocess.run(
            [settings.PG_DUMP, *place, own["NAME"]], check=True, capture_output=True, timeout=120
        )
        subprocess.run(
            [str(binaries() / "psql"), "-q", "-v", "ON_ERROR_STOP=1", self._postgres.url()],
            # Other tests trade it for speed; here a commit must outlive its server.
            input=dump.stdout + b"\nALTER DATABASE attune SET synchronous_commit = on;\n",
            check=True,
            capture_output=True,
            timeout=120,
        )

    def start_web(self) -> None:
        with (self._folder / "web.log").open("wb") as log:
            self._web = subprocess.Popen(
                [
                    *(sys.executable, "-m", "granian", "--interface", "wsgi", "config.wsgi:application"),
                    *("--host", "127.0.0.1", "--port", str(self._port), "--workers", "2"),
                    *("--blocking-threads", "4", "--respawn-failed-workers", "--respawn-interval", "0.2"),
                    *("--workers-kill-timeout", "2", "--no-ws"),
                ],
                cwd=PROJECT,
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def ready(self) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = httpx.get(f"{self.url}/ready", timeout=5).json()
        except httpx.HTTPError:
            return {"status": "no answer"}
        return answer

    def until(self, condition: Callable[[], bool], seconds: float = 180) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, (self.ready(), self.log())
            time.sleep(0.1)

    def log(self) -> str:
        return (self._folder / "web.log").read_text(errors="replace")[:3000]

    def kill_database(self) -> None:
        """The postmaster and all its children, at once."""
        postmaster = psutil.Process(int((self._postgres.data / "postmaster.pid").read_text().split()[0]))
        for process in [postmaster, *postmaster.children(recursive=True)]:
            process.send_signal(signal.SIGKILL)
        self.until(lambda: not self._postgres.ready())

    def start_database(self) -> None:
        self._postgres.prepare()
        with (self._folder / "postgres.log").open("ab") as log:
            self._database = start_process(
                self._postgres.command(),
                output=log,
                cwd=self._postgres.data,
                environment=self._postgres.environment(),
                account=self._postgres.account,
                death_signal=signal.SIGQUIT,
            )
        self.until(self._postgres.ready)

    def kill_a_web_worker(self) -> None:
        assert self._web
        max(psutil.Process(self._web.pid).children(), key=lambda child: child.memory_info().rss).kill()

    def kill_web(self) -> None:
        """The server and all its workers, at once."""
        assert self._web
        server = psutil.Process(self._web.pid)
        for process in [server, *server.children(recursive=True)]:
            process.send_signal(signal.SIGKILL)
        self._web.wait(timeout=20)

    def stop(self) -> None:
        if self._web:
            self._web.terminate()
            self._web.wait(timeout=20)
        if self._database:
            self._database.send_signal(signal.SIGQUIT)
            self._database.wait(timeout=20)
