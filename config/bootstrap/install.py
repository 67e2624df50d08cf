"""Makes .venv, brings it to what requirements/dev.txt locks, and compiles what is ours: each when it changed."""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import browser
import checks
import indexes
import kernels
import progress
import sdks

PROJECT = Path(__file__).resolve().parents[2]
_REQUIREMENTS = ("requirements/base.txt", "requirements/dev.txt")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--tests",
        action="store_true",
        help="also look for a browser, or install one, and install the libraries that tests send events with",
    )
    options = parser.parse_args(arguments)
    log = PROJECT / "var" / "log" / "setup.log"
    try:
        ensure_environment(PROJECT, log)
        ensure_compiled(PROJECT, log)
        if options.tests:
            browser.ensure(log)
            sdks.ensure(PROJECT, log)
    except checks.Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; the next run goes on from here.", file=sys.stderr)
        return 130
    return 0


def ensure_environment(project: Path, log: Path) -> None:
    """Do nothing when .venv has what is locked; raises checks.Missing with one sentence."""
    venv = project / ".venv"
    stamp, wanted = venv / "installed.sha256", fingerprint(project)
    if stamp.exists() and stamp.read_text() == wanted and _works(venv):
        return
    checks.check_machine(project)
    began = time.monotonic()
    print(
        "Setting up .venv: the first time this downloads several hundred MB and compiles one package.",
        flush=True,
    )
    stamp.unlink(missing_ok=True)
    _ensure_venv(venv, log)
    _install(project, venv, log)
    stamp.write_text(wanted)
    print(f"Everything is installed ({time.monotonic() - began:.0f} s).", flush=True)


def fingerprint(project: Path) -> str:
    """Of the locked requirements, and of the Python and the place that .venv was made for."""
    digest = hashlib.sha256(f"{sys.version_info[:2]} {project}".encode())
    for name in _REQUIREMENTS:
        digest.update((project / name).read_bytes())
    return digest.hexdigest()


def ensure_compiled(project: Path, log: Path) -> None:
    """Do nothing when the sources are those that were compiled last; raises checks.Missing with one sentence."""
    stamp, wanted = project / kernels.SOURCES / "compiled.sha256", kernels.fingerprint(project)
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    if stamp.exists() and stamp.read_text() == wanted and kernels.compiled(project, suffix):
        return
    checks.check_compiler()
    stamp.unlink(missing_ok=True)
    command = [
        str(project / ".venv" / "bin" / "python"),
        str(project / "config" / "bootstrap" / "kernels.py"),
    ]
    if not progress.run("Compiling the inner loops of ranking", command, log):
        raise checks.Missing(f"They could not be compiled; the end of {log}:\n{progress.last_lines(log)}")
    stamp.write_text(wanted)


def _works(venv: Path) -> bool:
    python = venv / "bin" / "python"
    if not python.exists():
        return False
    try:
        told = subprocess.run(
            [python, "-c", "import sys, pip; print(sys.version_info[:2])"],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return False
    return told.stdout.strip() == str(sys.version_info[:2])


def _ensure_venv(venv: Path, log: Path) -> None:
    if _works(venv):
        return
    if venv.exists():
        shutil.rmtree(venv)  # made by another Python, moved, or left half done
    if not progress.run("Making .venv", [sys.executable, "-m", "venv", str(venv)], log):
        raise checks.Missing(
            f"The virtual environment could not be made; see {log}\n{progress.last_lines(log)}"
        )


def _install(project: Path, venv: Path, log: Path) -> None:
    """uv, because it takes seconds where pip takes minutes; pip where uv doesn't work."""
    python, locked = venv / "bin" / "python", project / "requirements" / "dev.txt"
    if _install_uv(python, locked, log) and _sync_with_uv(python, locked, log):
        return
    pip = [str(python), "-m", "pip", "install", "--require-hashes", "-r", str(locked)]
    if not progress.run("Installing packages with pip instead", pip, log, timeout=3600):
        raise checks.Missing(
            f"The packages could not be installed; the end of {log}:\n{progress.last_lines(log)}"
        )


def _install_uv(python: Path, locked: Path, log: Path) -> bool:
    alone = python.parent.parent / "uv-requirement.txt"
    alone.write_text(requirement("uv", locked.read_text()))
    command = [
        str(python),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--require-hashes",
        "--no-deps",
        "-r",
        str(alone),
    ]
    return progress.run("Installing uv", command, log)


def requirement(name: str, locked: str) -> str:
    """The pinned line of one package with its hashes, out of a lock file."""
    taken: list[str] = []
    for line in locked.splitlines():
        if line.startswith(f"{name}=="):
            taken = [line]
        elif taken and line.startswith("    --hash"):
            taken.append(line)
        elif taken:
            break
    return "\n".join(taken).rstrip(" \\") + "\n"


def _sync_with_uv(python: Path, locked: Path, log: Path) -> bool:
    settings = indexes.pip_settings(python)
    command = [str(python), "-m", "uv", "pip", "sync", "--require-hashes", "--python", str(python)]
    return progress.run(
        "Installing packages",
        [*command, *indexes.uv_arguments(settings), str(locked)],
        log,
        # An environment that is active in the user's shell is not the one meant.
        {**indexes.uv_environment(settings), "VIRTUAL_ENV": str(python.parent.parent)},
    )
