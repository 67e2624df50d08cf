"""Measure Attune's promises: python -m bench [NAME …]"""

from __future__ import annotations

import argparse
import signal
import sys
import traceback

from .figures import ALL, Measurement, UnknownFigure, chosen
from .ground.environment import enter, the_site
from .ground.stack import StackFailed, nothing_beside, running_reference, running_stack, wait_for_workers
from .machine import describe_machine
from .outcome import judged, load_goals
from .results import RESULTS, Row, merge, table
from .run import Run


def main() -> int:
    options = _options()
    if options.list:
        for measurement in ALL:
            print(f"{measurement.name:13} {measurement.about}\n{'':13} {', '.join(measurement.figures)}")
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything started here is stopped
    site = the_site()
    try:
        measurements = chosen(options.names)
        beside = None if options.beside else nothing_beside(site)
        if beside:
            print(beside, file=sys.stderr)
            return 1
        rows, failed = _measure(measurements, quick=options.quick)
    except (UnknownFigure, StackFailed) as error:
        print(error, file=sys.stderr)
        return 1
    missed = [row["name"] for row in rows if row["holds"] is False]
    print(f"\n{table(rows)}\n")
    if not options.quick:
        gone = {name for m in failed for name in m.figures}
        merge(RESULTS, rows, order=[n for m in ALL for n in m.figures], without=gone)
        print(f"written to {RESULTS.parent.name}/{RESULTS.name}")
    if failed:
        print(f"not measured: {', '.join(m.name for m in failed)}")
    if missed:
        print(f"missed: {', '.join(missed)}")
    return 1 if missed or failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="only these figures, merged into the results"
    )
    parser.add_argument("--list", action="store_true", help="show what can be measured")
    parser.add_argument(
        "--beside", action="store_true", help="measure although the demo runs and takes its share"
    )
    parser.add_argument(
        "--quick", action="store_true", help="short runs, to see that all works; nothing is written"
    )
    return parser.parse_args()


def _measure(measurements: list[Measurement], *, quick: bool) -> tuple[list[Row], list[Measurement]]:
    """(results, what could not be measured)."""
    site = the_site()
    machine, goals = describe_machine(), load_goals()
    if machine["load_before"] > 0.5:
        print(f"Something else is at work here (load {machine['load_before']}): expect noise.")
    rows: list[Row] = []
    failed: list[Measurement] = []
    enter(site)
    from .ground.prepare import prepare_demo

    with running_stack(site) as stack:
        prepare_demo(site)
        wait_for_workers()
        with running_reference(site) as reference:
            run = Run(site, stack, reference, quick=quick)
            for measurement in measurements:
                run.say(f"{measurement.name}: {measurement.about}")
                try:
                    figures = measurement.measure(run)
                except Exception:  # one that fails says so and fails the command; the others are still wanted
                    traceback.print_exc()
                    failed.append(measurement)
                    continue
                rows += [judged(figure, goals, machine) for figure in figures]
                print(table(rows[-len(figures) :]).partition("\n")[2], flush=True)
                run.sample_memory(measurement.name)
    return rows, failed


if __name__ == "__main__":
    sys.exit(main())
