"""`python -m config.supervisor demo|stack`: everything that makes Attune run on one machine."""

from __future__ import annotations

import argparse
import sys

from config.services import PROJECT, ServiceError, resolve_services, var_folder
from config.supervisor.messages import say
from config.supervisor.preflight import Refused, check_disk, check_port
from config.supervisor.runfile import AlreadyRunning
from config.supervisor.stack import Address, app_specs, manage, service_specs
from config.supervisor.supervisor import Failed, StopRequested, Supervisor

# Between the services and the web server / once the web server answers.
SET_UP = {"demo": "setup_demo", "stack": "migrate_all"}
WHEN_READY = {"demo": "demo_ready"}


def run(kind: str) -> None:
    address, var = Address.from_environment(), var_folder()
    var.mkdir(parents=True, exist_ok=True)
    services = resolve_services(var)
    with Supervisor(var, address.url, services.environment()) as supervisor:
        check_disk(var)
        check_port(address.host, address.port)
        supervisor.bring_up(service_specs(services))
        supervisor.run_step(SET_UP[kind], manage(SET_UP[kind]), PROJECT)
        supervisor.bring_up(app_specs(address, PROJECT, var))
        if kind in WHEN_READY:
            supervisor.run_step(WHEN_READY[kind], manage(WHEN_READY[kind]), PROJECT)
        else:
            say(f"Attune answers at {address.url}")
        say("Ctrl-C stops everything")
        supervisor.watch()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m config.supervisor", description=__doc__)
    parser.add_argument("kind", choices=sorted(SET_UP))
    kind = parser.parse_args().kind
    try:
        run(kind)
    except StopRequested:
        return 0
    except AlreadyRunning as running:
        print(running, file=sys.stderr)
    except (Refused, Failed, ServiceError, ValueError) as error:
        print(error, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
