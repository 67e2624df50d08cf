"""Where files lie: what a warehouse needs of a folder or a bucket."""

from __future__ import annotations

from typing import IO, Protocol


class Store(Protocol):
    """Paths are relative, with slashes. Everything raises `tenants.connectors.base.Trouble`."""

    def put(self, path: str, content: IO[bytes]) -> int:
        """Write the file at once or not at all, in place of one that is there; its bytes."""

    def get(self, path: str, into: IO[bytes]) -> bool:
        """Copy the file into `into`; False when there is none."""

    def delete(self, path: str) -> None:
        """Delete the file, if it is there."""

    def empty(self) -> None:
        """Delete what holds the files, as far as it holds nothing else."""
