"""The embedded PostgreSQL: made once, private, durable by default, tolerant of what a crash leaves."""

import os
import stat

import psycopg
import pytest

from config.services import Postgres, ServiceError, pg_dump_command, resolve_services
from config.services.postgres import SETTINGS
from config.services.process import start_process
from config.services.sockets import LONGEST_SOCKET_PATH, make_private, socket_folder
from tests.config.conftest import alive, until


def test_the_throwaway_server_has_vectors_and_sorts_the_same_everywhere():
    with psycopg.connect(resolve_services().database_url) as connection:
        version, locale = connection.execute(
            "SELECT current_setting('server_version_num')::int / 10000, datlocale FROM pg_database WHERE datname = current_database()"
        ).fetchone()
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        assert connection.execute("SELECT '[1,2]'::vector <-> '[1,4]'").fetchone() == (2.0,)
        connection.rollback()
    assert (version, locale) == (18, "C.UTF-8")


def test_commits_are_durable_by_default(folder):
    assert SETTINGS["fsync"] == SETTINGS["synchronous_commit"] == "on"
    assert "fsync=on" in Postgres(folder).command()


def test_preparing_twice_keeps_the_cluster(folder):
    postgres = Postgres(folder / "postgres")
    postgres.prepare()
    made = (postgres.data / "global" / "pg_control").stat().st_ino
    postgres.prepare()
    assert (postgres.data / "global" / "pg_control").stat().st_ino == made


def test_a_half_made_cluster_is_made_again(folder):
    postgres = Postgres(folder / "postgres")
    for leftover in (postgres.data, postgres.data.with_name("data.new")):
        leftover.mkdir(parents=True)
        (leftover / "half").touch()
    postgres.prepare()
    assert (postgres.data / "PG_VERSION").exists()
    assert not (postgres.data / "half").exists()


def test_the_number_of_a_dead_server_may_be_anybodys_now(folder):
    postgres = Postgres(folder / "postgres")
    postgres.prepare()
    (postgres.data / "postmaster.pid").write_text(f"{os.getpid()}\n{postgres.data}\n")
    postgres.prepare()
    assert not (postgres.data / "postmaster.pid").exists()


def test_a_backend_that_outlived_its_server_is_ended(folder):
    postgres = Postgres(folder / "postgres")
    postgres.prepare()
    with (folder / "log").open("wb") as log:
        server = start_process(
            postgres.command(),
            output=log,
            cwd=postgres.data,
            environment=postgres.environment(),
            account=postgres.account,
        )
    until(postgres.ready)
    busy = psycopg.connect(postgres.url(), autocommit=True)
    busy.pgconn.send_query(b"DO $$ BEGIN LOOP END LOOP; END $$")
    server.kill()
    server.wait()
    assert alive(busy.info.backend_pid)
    postgres.prepare()
    assert not alive(busy.info.backend_pid)
    busy.close()


def test_a_cluster_of_another_version_is_refused(folder):
    postgres = Postgres(folder / "postgres")
    postgres.prepare()
    (postgres.data / "PG_VERSION").write_text("16\n")
    with pytest.raises(ServiceError, match="made by PostgreSQL 16, not 18"):
        postgres.prepare()


def test_only_its_owner_reaches_the_socket(folder):
    postgres = Postgres(folder / "postgres")
    postgres.prepare()
    assert stat.S_IMODE(postgres.run.stat().st_mode) == 0o700


def test_a_deep_project_gets_its_socket_elsewhere(folder):
    deep = folder / ("d" * 60) / ("e" * 60)
    assert socket_folder(deep, ".s.PGSQL.5432") == socket_folder(deep, ".s.PGSQL.5432")
    assert len(str(socket_folder(deep, ".s.PGSQL.5432") / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH
    assert socket_folder(deep, "s") != socket_folder(deep.with_name("f"), "s")
    assert socket_folder(folder, "s") == folder / "run"


def test_a_folder_that_somebody_else_made_is_refused(folder):
    (folder / "elsewhere").mkdir(mode=0o755)
    (folder / "run").symlink_to(folder / "elsewhere")
    with pytest.raises(PermissionError):
        make_private(folder / "run")


def test_the_dump_program_is_the_embedded_servers_own(folder):
    program, where = pg_dump_command(Postgres(folder).url(), database="test_attune")
    assert program.endswith("pginstall18/bin/pg_dump")
    assert where == f"--dbname=postgres://attune@/test_attune?host={folder}/run&port=5432"
