"""Services of a test run are gone afterwards, even when the run was killed."""

import signal
import subprocess
import sys

from config.services import PROJECT, throwaway_services
from config.services.postgres import binaries
from tests.config.conftest import alive, until

HOLD = """
import pathlib, signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what a shell runs in the background
from config.services import throwaway_services
with throwaway_services(pathlib.Path(sys.argv[1])) as services:
    pid = services.postgres.data.joinpath("postmaster.pid").read_text().split()[0]
    print(pid, flush=True)
    time.sleep(600)
"""


def hold(folder):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    return process, int(process.stdout.readline())


def test_they_are_gone_afterwards(folder):
    with throwaway_services(folder) as services:
        assert services.postgres.ready()
        assert services.valkey.ready()
    assert not services.postgres.ready()
    assert list(folder.glob("run-*")) == []


def test_an_interrupted_run_cleans_up(folder):
    process, postmaster = hold(folder)
    process.send_signal(signal.SIGINT)
    process.wait(timeout=30)
    assert not alive(postmaster)
    assert list(folder.glob("run-*")) == []


def test_the_next_run_clears_what_a_killed_one_left_and_spares_a_living_one(folder):
    killed, postmaster = hold(folder)
    left = list(folder.glob("run-*"))
    killed.kill()
    killed.wait()
    living, _ = hold(folder)
    assert not left[0].exists()
    until(lambda: not alive(postmaster))
    with throwaway_services(folder):
        assert len(list(folder.glob("run-*"))) == 2
    living.send_signal(signal.SIGINT)
    living.wait(timeout=30)
    assert binaries().exists()
