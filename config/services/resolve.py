"""Which services this process talks to: named by the environment, or embedded."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.services.postgres import USER, Postgres, binaries
from config.services.urls import celery_url, with_database
from config.services.valkey import Valkey

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Services:
    """Two addresses; `postgres` and `valkey` are set where the service is ours to run."""

    database_url: str
    redis_url: str
    postgres: Postgres | None = None
    valkey: Valkey | None = None

    @property
    def celery_broker_url(self) -> str:
        return celery_url(self.redis_url)

    def environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}


def pg_dump_command(database_url: str, database: str | None = None) -> list[str]:
    """`pg_dump` for that server, of its database or another one there.

    The embedded server gets its own; any other one that of the machine, else the embedded one.
    Raises ServiceError when there is none.
    """
    embedded = database_url.startswith(f"postgres://{USER}@/") or shutil.which("pg_dump") is None
    program = str(binaries() / "pg_dump") if embedded else "pg_dump"
    return [program, f"--dbname={with_database(database_url, database) if database else database_url}"]


def var_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where everything lives that can be thrown away: ATTUNE_VAR, or var/ in the project."""
    return Path(environ.get("ATTUNE_VAR") or PROJECT / "var").resolve()


def resolve_services(var: Path | None = None, environ: Mapping[str, str] = os.environ) -> Services:
    """DATABASE_URL and REDIS_URL where set, else the embedded services under `var`. Starts and touches nothing."""
    folder = var_folder(environ) if var is None else var
    postgres = None if environ.get("DATABASE_URL") else Postgres(folder / "postgres")
    valkey = None if environ.get("REDIS_URL") else Valkey(folder / "valkey")
    return Services(
        database_url=postgres.url() if postgres else environ["DATABASE_URL"],
        redis_url=valkey.url() if valkey else environ["REDIS_URL"],
        postgres=postgres,
        valkey=valkey,
    )
