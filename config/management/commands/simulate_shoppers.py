from __future__ import annotations

import time
from typing import Any

from django.core.management.base import CommandError, CommandParser

from config.demo.access import Secrets
from config.demo.lab import data
from config.demo.lab.report import lines
from config.demo.lab.simulate import CannotSimulate, check, simulate
from config.demo.lab.storefront import Storefront, Unexpected
from config.services.resolve import var_folder
from config.supervisor.runfile import RunFiles
from config.supervisor.stack import Address
from experiments import services
from experiments.models import Experiment, Exposure
from profiles.models import EventQueue
from tenants.commands import ProgressLine, TenantCommand
from tenants.models import Tenant

# Workers write traces every second and events as they come; longer than this nobody is at work.
PATIENCE_SECONDS = 120


class Command(TenantCommand):
    help = (
        "Let the lab's households meet a running experiment over HTTP. They click and buy only what they really "
        "bought after the cut; the true effect is printed beside the experiment's interval."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--experiment", required=True, metavar="KEY")
        parser.add_argument("--shoppers", type=int, metavar="N", help="so many households; all when left out")
        parser.add_argument("--start", action="store_true", help="start the experiment when it is a draft")
        parser.add_argument("--url", help="where Attune answers; the demo's own address when left out")

    def run(self, tenant: Tenant, **options: Any) -> None:
        experiment = Experiment.objects.filter(key=options["experiment"]).first()
        if experiment is None:
            known = ", ".join(Experiment.objects.order_by("key").values_list("key", flat=True)) or "none yet"
            raise CommandError(f"There is no experiment “{options['experiment']}”. There are: {known}.")
        if options["shoppers"] is not None and options["shoppers"] < 2:
            raise CommandError("At least two shoppers are needed.")
        key = Secrets().of(tenant.slug).get("secret")
        if not key:
            raise CommandError(f"“{tenant.slug}” is not a tenant of the demo: its key is not at hand.")
        progress = ProgressLine(self.stdout._out)
        # The demo of this folder may answer at another port than the environment of this shell says.
        running = RunFiles(var_folder()).read_state()
        demo = running.get("url") if running.get("phase") == "running" else None
        storefront = Storefront(options["url"] or demo or Address.from_environment().url, key)
        try:
            cut = check(tenant, experiment, starts=options["start"])
            storefront.check()
            if options["start"] and experiment.status == Experiment.Status.DRAFT:
                experiment = services.start(tenant.schema_name, experiment.pk, actor="system")
            progress("what households bought after the cut", 0, 0)
            everybody = sorted({str(name) for name in data.before(cut)["household_id"].tolist()})
            households = data.chosen(everybody, options["shoppers"])
            outcome = simulate(
                tenant, experiment, storefront, households, data.wants(cut), self.settle(experiment, progress), progress
            )  # fmt: skip
        except (CannotSimulate, Unexpected, services.NotReady) as error:
            progress.finish()
            raise CommandError(str(error)) from error
        finally:
            storefront.close()
        progress.finish()
        for line in lines(outcome, tenant, experiment):
            self.stdout.write(line)

    def settle(self, experiment: Experiment, progress: ProgressLine) -> Any:
        def wait(exposures: int, events: int) -> None:
            until = time.monotonic() + PATIENCE_SECONDS
            while time.monotonic() < until:
                logged, queued = (
                    Exposure.objects.filter(experiment=experiment).count(),
                    EventQueue.objects.count(),
                )
                progress("workers take it in", logged, exposures)
                if logged >= exposures and not queued:
                    return
                time.sleep(0.3)
            raise CannotSimulate(
                f"After {PATIENCE_SECONDS} s {queued:,} events still wait and {logged:,} of {exposures:,} exposures "
                "are written: is a worker running?"
            )

        return wait
