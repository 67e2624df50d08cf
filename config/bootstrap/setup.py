"""Makes .venv and installs what Attune needs; run by the Makefile with the system's Python.

This file alone must parse on a Python that is too old, to say so. The rest may be modern.
"""

import os
import sys

OLDEST = (3, 11)


def main():  # type: () -> int
    if sys.version_info < OLDEST:
        found = "{}.{}".format(sys.version_info[0], sys.version_info[1])
        wanted = "{}.{}".format(OLDEST[0], OLDEST[1])
        sys.stderr.write(
            "Attune needs Python {0} or newer and {1} is {2}: install it, or name it, "
            "as in: make demo PYTHON=python{0}\n".format(wanted, sys.executable, found)
        )
        return 1
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import install

    return install.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
