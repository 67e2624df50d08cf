"""What cannot work is refused at once, in one sentence."""

import os
import socket
import subprocess
import sys

import pytest

from config.services import PROJECT
from config.supervisor.preflight import Refused, check_disk, check_port
from config.supervisor.stack import Address


def test_a_second_start_says_that_one_is_running(stack, start_stack):
    second = start_stack()
    said = second.process.communicate(timeout=30)[0]
    assert second.process.returncode == 1
    pid = stack.process.pid
    assert (
        said
        == f"Attune is already running here (process {pid}): open http://127.0.0.1:1/, or stop it with: kill {pid}\n"
    )
    assert stack.runs()


def test_a_taken_port_is_refused_before_anything_starts(folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "config.supervisor", "stack"],
            cwd=PROJECT,
            env={**os.environ, "ATTUNE_VAR": str(folder), "ATTUNE_PORT": str(port)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        f"Port {port} is taken by another program: stop that one, or choose another with ATTUNE_PORT=8001.\n"
    )


def test_a_free_port_is_accepted():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    check_port("127.0.0.1", port)


def test_a_foreign_address_is_refused():
    with pytest.raises(Refused, match="Cannot listen on"):
        check_port("192.0.2.1", 8000)


def test_too_little_disk_is_refused(folder):
    with pytest.raises(Refused, match="Not enough disk"):
        check_disk(folder, needed=10**18)


@pytest.mark.parametrize("port", ["web", "0", "65536", "-1"])
def test_a_port_that_is_none_is_refused(port):
    with pytest.raises(ValueError, match="ATTUNE_PORT must be a number"):
        Address.from_environment({"ATTUNE_PORT": port})


@pytest.mark.parametrize(
    ("host", "url"),
    [("", "http://127.0.0.1:8000/"), ("0.0.0.0", "http://127.0.0.1:8000/"), ("::1", "http://[::1]:8000/")],
)
def test_the_url_can_be_opened_on_this_machine(host, url):
    assert Address.from_environment({"ATTUNE_HOST": host}).url == url
