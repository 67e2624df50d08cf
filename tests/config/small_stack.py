"""A supervisor over harmless children, run as a process of its own: `python small_stack.py VAR [SCENARIO]`."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from config.supervisor.child import ChildSpec
from config.supervisor.runfile import AlreadyRunning
from config.supervisor.supervisor import Failed, StopRequested, Supervisor

SLEEPER = "import time; time.sleep(600)"
# A parent with a worker of its own, as granian and Celery have, here even one that left its process group, as the
# backends of PostgreSQL do; it notes when it is asked to stop.
FAMILY = """
import pathlib, signal, subprocess, sys, time
worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
pathlib.Path(sys.argv[1]).write_text(str(worker.pid))
def stop(*_):
    worker.terminate()
    with open(sys.argv[2], "a") as order:
        order.write(sys.argv[3] + " ")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
time.sleep(600)
"""
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


def family(name: str, var: Path) -> ChildSpec:
    note = var / f"{name}.worker"
    command = python(FAMILY, str(note), str(var / "order"), name)
    return ChildSpec(name, lambda: command, ready=note.exists, prepare=lambda: note.unlink(missing_ok=True))


def main(var: Path, scenario: str) -> int:
    try:
        with Supervisor(var, "http://127.0.0.1:1/") as supervisor:
            supervisor.bring_up([family("first", var)])
            supervisor.run_step("greet", python("print('hello from the step')"), var)
            if scenario == "step-fails":
                supervisor.run_step("load", python("raise SystemExit(3)"), var)
            if scenario == "step-hangs":
                (var / "hanging").touch()
                supervisor.run_step("load", python(SLEEPER), var)
            if scenario == "never-starts":
                supervisor.bring_up(
                    [ChildSpec("broken", lambda: python("raise SystemExit('no such thing')"))]
                )
            if scenario == "stubborn":
                stubborn = ChildSpec("stubborn", lambda: python(STUBBORN), stop_seconds=0.3)
                supervisor.bring_up([stubborn])
            supervisor.bring_up([family("second", var), family("third", var)])
            supervisor.watch()
    except StopRequested:
        return 0
    except (AlreadyRunning, Failed) as error:
        print(error, file=sys.stderr)
    return 1


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell starts a command in the background
    sys.exit(main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""))
