"""Compiles the inner loops of ranking where they lie; run with .venv's Python, by install.py.

python config/bootstrap/kernels.py
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
SOURCES = "recommendations/learning/compiled"
# Sums may be reordered, so that they run four at a time; nothing here tells -0 from 0 or reads errno.
FLAGS = ["-O3", "-fno-math-errno", "-fno-trapping-math", "-fno-signed-zeros", "-fassociative-math"]
# What comes from outside is checked once, at the entry; after that no index can lie outside its array.
DIRECTIVES = {
    "language_level": 3, "boundscheck": False, "wraparound": False, "cdivision": True, "initializedcheck": False,
}  # fmt: skip


def sources(project: Path) -> list[Path]:
    return sorted((project / SOURCES).glob("*.pyx"))


def headers(project: Path) -> list[Path]:
    return sorted(path for path in (project / SOURCES).iterdir() if path.suffix in (".pxd", ".h"))


def compiled(project: Path, suffix: str) -> bool:
    """Whether every source has been compiled for a Python with this suffix of extensions."""
    return all(source.with_name(source.stem + suffix).exists() for source in sources(project))


def fingerprint(project: Path) -> str:
    """Of the sources, of how they are compiled, and of the Python that they are compiled for."""
    digest = hashlib.sha256(f"{sys.version_info[:2]} {platform.machine()}".encode())
    own = project / "config" / "bootstrap" / "kernels.py"
    for file in [own, *sources(project), *headers(project)]:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def main() -> int:
    from Cython.Build import cythonize
    from setuptools import Distribution, Extension

    extensions = [
        Extension(
            f"{SOURCES.replace('/', '.')}.{source.stem}",
            [str(source.relative_to(PROJECT))],
            extra_compile_args=FLAGS,
            include_dirs=[SOURCES],
        )
        for source in sources(PROJECT)
    ]
    build = str(PROJECT / "var" / "build")
    built = cythonize(extensions, compiler_directives=DIRECTIVES, build_dir=build, force=True)
    command = Distribution({"ext_modules": built}).get_command_obj("build_ext")
    command.inplace, command.build_temp, command.force, command.parallel = True, build, True, 2
    command.build_lib = build
    command.ensure_finalized()
    command.run()
    return 0


if __name__ == "__main__":
    os.chdir(PROJECT)
    sys.exit(main())
