"""Web, workers, Valkey and Postgres killed once each while events come in, and web once more while they wait on disk: none
is lost, none comes twice, each shopper's come in order."""

import socket
import subprocess
import sys

import pytest

from config.services import PROJECT


@pytest.mark.chaos
def test_one_kill_of_each():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    run = subprocess.run(
        [
            sys.executable,
            *(["-m", "bench.chaos", "events", "--kills", "5", "--rate", "1000", "--seed", "1", "--port"]),
            str(port),
        ],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "Every acknowledged event was counted once, in its shopper's order." in run.stdout
    assert run.stdout.count("kill -9") == 5
