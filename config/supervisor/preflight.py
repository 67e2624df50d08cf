"""What would fail later in a hundred lines, said now in one."""

from __future__ import annotations

import errno
import shutil
import socket
from pathlib import Path

NEEDED_BYTES = 3 * 10**9


class Refused(Exception):
    """The message is one sentence for the terminal."""


def check_disk(folder: Path, needed: int = NEEDED_BYTES) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise Refused(
            f"Not enough disk: {folder} has {free / 1e9:.1f} GB free and Attune needs {needed / 1e9:.0f} GB."
        )


def check_port(host: str, port: int) -> None:
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise Refused(f"ATTUNE_HOST={host} is not an address of this machine.") from error
    family, kind, protocol, _, address = addresses[0]
    with socket.socket(family, kind, protocol) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
        except OSError as error:
            raise Refused(_why(error, host, port)) from error


def _why(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by another program: stop that one, or choose another with ATTUNE_PORT=8001."
    if error.errno == errno.EACCES:
        return f"Port {port} is not allowed for this user: choose one above 1023 with ATTUNE_PORT."
    return f"Cannot listen on {host}:{port} ({error.strerror}): set ATTUNE_HOST and ATTUNE_PORT."
