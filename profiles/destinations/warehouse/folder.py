"""Parquet in a folder of this deployment, below the root that the operator allows."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from tenants.connectors.base import Field, Link, Trouble

from .connector import Warehouse
from .stores import Store

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


class FolderWarehouse(Warehouse):
    key = "folder"
    label = "Parquet in a folder"
    about = "Files on this deployment's own disk or a mounted share, for DuckDB, Spark or a copy job."
    icon = "folder"
    fields = (
        Field(
            "folder",
            "Folder",
            default="warehouse",
            help="Small letters, digits and hyphens; below your shop's own folder",
        ),
    )
    place_of = ("folder",)

    def problems(self, config: Mapping[str, Any], secret: Mapping[str, str]) -> list[tuple[str, str]]:
        found = super().problems(config, secret)
        if not found and not _NAME.fullmatch(str(config["folder"])):
            found.append(
                ("folder", "A folder's name has small letters, digits, hyphens and underscores only.")
            )
        return found

    def region(self, config: Mapping[str, Any]) -> str:
        return ""

    def place(self, config: Mapping[str, Any]) -> str:
        return f"{config.get('folder')}/"

    def store(self, link: Link) -> Store:
        return Folder(_root(link))


def _root(link: Link) -> Path:
    name = str(link.config.get("folder", ""))
    if not _NAME.fullmatch(name):
        raise Trouble("The folder's name is not allowed.", settings=True)
    root: Path = settings.WAREHOUSE_ROOT / link.scope.schema / name
    return root


class Folder:
    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, path: str, content: IO[bytes]) -> int:
        target = self.root / path
        # The same name each time: what a killed worker left is written over. Readers look for *.parquet.
        part = target.with_name(f".{target.name}.part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as stream:
                shutil.copyfileobj(content, stream, 1 << 20)
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(target)
            _sync(target.parent)
            return target.stat().st_size
        except OSError as error:
            raise _trouble(error) from error

    def get(self, path: str, into: IO[bytes]) -> bool:
        try:
            with (self.root / path).open("rb") as stream:
                shutil.copyfileobj(stream, into, 1 << 20)
            return True
        except FileNotFoundError:
            return False
        except OSError as error:
            raise _trouble(error) from error

    def delete(self, path: str) -> None:
        target = self.root / path
        try:
            target.with_name(f".{target.name}.part").unlink(missing_ok=True)
            target.unlink(missing_ok=True)
            if target.parent.exists():
                _sync(target.parent)
        except OSError as error:
            raise _trouble(error) from error
        with contextlib.suppress(OSError):  # other files are in it
            target.parent.rmdir()

    def empty(self) -> None:
        for folder, _, _ in os.walk(self.root, topdown=False):
            with contextlib.suppress(OSError):  # somebody else's files stay
                Path(folder).rmdir()


def _sync(folder: Path) -> None:
    """Make a rename or a deletion last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _trouble(error: OSError) -> Trouble:
    # strerror names no path.
    return Trouble(f"The folder can't be written or read: {error.strerror or type(error).__name__}.")
