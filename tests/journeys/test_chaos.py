"""Worker, Valkey and Postgres killed once each while journeys run: nothing lost, nothing delivered twice."""

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
            *(
                [
                    "-m",
                    "bench.chaos",
                    "journeys",
                    "--kills",
                    "3",
                    "--enrolments",
                    "400",
                    "--seed",
                    "1",
                    "--port",
                ]
            ),
            str(port),
        ],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "Nothing was lost, nothing delivered twice." in run.stdout
