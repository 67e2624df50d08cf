"""`python -m bench.chaos [journeys] [events]`: kill -9 of parts of a running Attune at random; exit code 1 when anything
was lost or came twice."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..ground.environment import HOST, Site, enter
from ..ground.stack import Stack, running_stack
from ..load.wire import Target
from . import events, journeys

PARTS: dict[str, Callable[[Stack, Any], int]] = {"journeys": journeys.run, "events": events.run}


class Arguments(argparse.Namespace):
    parts: list[str]
    kills: int
    enrolments: int
    rate: int
    seed: int
    port: int


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"{' or '.join(PARTS)}; all when none is named"
    )
    parser.add_argument("--kills", type=int, default=0, help="how many processes to kill (20; 50 for events)")
    parser.add_argument("--enrolments", type=int, default=10_000, help="how many shoppers enter (10,000)")
    parser.add_argument("--rate", type=int, default=1000, help="events a second (1,000)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the order of the kills")
    parser.add_argument("--port", type=int, default=8190, help="of the web server that runs along")
    arguments = parser.parse_args(namespace=Arguments())
    if unknown := set(arguments.parts) - PARTS.keys():
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    os.environ["ATTUNE_MESSAGE_LEASE_SECONDS"] = str(journeys.LEASE_SECONDS)
    with tempfile.TemporaryDirectory(prefix="attune-chaos-") as folder:
        site = Site(Path(folder), Target(HOST, arguments.port), Target(HOST, arguments.port + 1))
        with running_stack(site) as stack:
            enter(site)
            return max([PARTS[part](stack, arguments) for part in arguments.parts or PARTS])


if __name__ == "__main__":
    sys.exit(main())
