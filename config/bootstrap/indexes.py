"""Where packages come from: what the machine's pip is told, said again in uv's words."""

from __future__ import annotations

import ast
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

_LEVELS = ("global", "install", ":env:")  # later ones win, as in pip


def pip_settings(python: Path) -> dict[str, str]:
    """`pip config list` of that Python, merged: {"index-url": …, "find-links": …}."""
    listed = subprocess.run(
        [str(python), "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    return parse_settings(listed)


def parse_settings(listed: str) -> dict[str, str]:
    by_level: dict[str, dict[str, str]] = {level: {} for level in _LEVELS}
    for line in listed.splitlines():
        key, equals, value = line.partition("=")
        level, dot, name = key.rpartition(".")
        if equals and dot and level in by_level:
            by_level[level][name.replace("_", "-")] = _unquoted(value)
    return {name: value for level in _LEVELS for name, value in by_level[level].items()}


def _unquoted(value: str) -> str:
    try:
        return str(ast.literal_eval(value))
    except (ValueError, SyntaxError):
        return value


def uv_arguments(settings: Mapping[str, str], environ: Mapping[str, str] = os.environ) -> list[str]:
    """Folders of wheels; as arguments, because a path may hold any character."""
    if "UV_FIND_LINKS" in environ:
        return []
    return [part for place in _existing(settings.get("find-links", "")) for part in ("--find-links", place)]


def uv_environment(settings: Mapping[str, str], environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What to add to the environment of uv. Nothing that the user has set for uv itself is overruled."""
    added: dict[str, str] = {}
    if not {"UV_DEFAULT_INDEX", "UV_INDEX_URL"} & set(environ) and settings.get("index-url"):
        added["UV_DEFAULT_INDEX"] = settings["index-url"]
    extra = _existing(settings.get("extra-index-url", ""))
    if not {"UV_INDEX", "UV_EXTRA_INDEX_URL"} & set(environ) and extra:
        added["UV_INDEX"] = " ".join(extra)
    if "UV_INDEX_STRATEGY" not in environ and extra:
        # pip takes a version from whichever index has it; hashes make that safe.
        added["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    if "UV_NO_INDEX" not in environ and settings.get("no-index", "").lower() in {"1", "true", "yes", "on"}:
        added["UV_NO_INDEX"] = "1"
    if "UV_INSECURE_HOST" not in environ and settings.get("trusted-host"):
        added["UV_INSECURE_HOST"] = " ".join(settings["trusted-host"].split())
    if "SSL_CERT_FILE" not in environ and Path(settings.get("cert", "")).is_file():
        added["SSL_CERT_FILE"] = settings["cert"]
    if "UV_HTTP_TIMEOUT" not in environ and _seconds(settings):
        added["UV_HTTP_TIMEOUT"] = _seconds(settings)
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        if not {name, name.lower(), "ALL_PROXY", "all_proxy"} & set(environ) and settings.get("proxy"):
            added[name] = settings["proxy"]
    return added


def _seconds(settings: Mapping[str, str]) -> str:
    return settings.get("timeout") or settings.get("default-timeout") or ""


def _existing(places: str) -> list[str]:
    """Without local folders that are not there: pip passes over them with a warning, uv stops."""
    return [place for place in places.split() if _there(place)]


def _there(place: str) -> bool:
    parts = urlsplit(place)
    if parts.scheme == "file":
        return Path(unquote(parts.path)).exists()
    return bool(parts.scheme) or Path(place).exists()
