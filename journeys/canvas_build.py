"""Says which sources the committed files of the canvas were built from: `python -m journeys.canvas_build` notes it.

Set-up and CI have no Node: a test compares this note instead of building.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCES = HERE / "canvas"
BUILT = HERE.parent / "templates" / "static" / "canvas"
NOTE = BUILT / "digest.txt"
_FILES = ("canvas.js", "canvas.css")
_CONFIGURATION = ("package.json", "package-lock.json", "tsconfig.json", "vite.config.ts")


def digest() -> str:
    """One line for the sources and one for each built file: name and SHA-256."""
    sources = [SOURCES / name for name in _CONFIGURATION]
    sources += sorted(path for path in (SOURCES / "src").rglob("*") if path.is_file())
    together = sha256()
    for path in sources:
        together.update(path.relative_to(SOURCES).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    built = [f"{name} {sha256((BUILT / name).read_bytes()).hexdigest()}" for name in _FILES]
    return "\n".join([f"sources {together.hexdigest()}", *built]) + "\n"


if __name__ == "__main__":
    NOTE.write_text(digest())
