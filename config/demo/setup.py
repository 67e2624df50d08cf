"""Make the demo: each step looks whether it is done already, so that a second run has nothing to do."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.utils import timezone

from catalog.models import ItemVector, Promotion
from catalog.promotions import replace_promotions
from catalog.services import upsert_items
from catalog.vectors.embed import embed_stale
from compliance.models import Consent
from profiles.history import import_history, import_traits
from profiles.models import HistoryImport, Segment
from recommendations.judging import judge, keep
from recommendations.learning.artefact import BadArtefact, load
from recommendations.models import ModelVersion, ShopperState
from recommendations.registry import artefact_folder
from recommendations.state import rebuild_states
from recommendations.training import train_tenant
from tenants.db import tenant_connection
from tenants.keyring import scope_of_tenant
from tenants.models import Tenant
from tenants.provisioning import create_tenant

from .access import ROLES, Secrets, ensure_keys, ensure_operator, ensure_staff
from .lab.experiment import ensure_lab
from .people import make_reachable
from .segments import make_segments
from .shops import LAB, SHOPS, Shop
from .traits import make_traits

Progress = Callable[[str, int, int], None]


def set_up(say: Callable[[str], None], progress: Progress, finish: Callable[[], None]) -> None:
    """Everything `make demo` needs before it serves."""
    known = Secrets()
    started = time.monotonic()
    call_command("migrate_all", verbosity=0)
    ensure_operator(known)
    for shop in SHOPS:
        tenant = Tenant.objects.filter(slug=shop.slug).first() or create_tenant(
            shop.slug,
            shop.name,
            hosts=[f"{shop.slug}.localhost"],
            currency=shop.currency,
            settings={"shop": True, "kind": shop.kind},
        )
        ensure_staff(tenant, known)
        ensure_keys(tenant, known)
        say(f"  {shop.name}")
        fill(shop, tenant, progress)
        if shop is LAB:
            ensure_lab(tenant, shop.source)
        finish()
    say(f"  Set up in {time.monotonic() - started:.0f} s")


def fill(shop: Shop, tenant: Tenant, progress: Progress) -> None:
    """Catalogue, vectors, history, states, model, evaluation; whatever is there already is left alone."""
    schema = tenant.schema_name
    today = timezone.now().date()
    with tenant_connection(schema):
        imported = HistoryImport.objects.filter(source=shop.source, done=True).first()
        if imported is None:
            _load(shop, tenant, today, progress)
        if shop.promotions is not None and not Promotion.objects.exists():
            progress("promotion calendar", 0, 0)
            loaded = HistoryImport.objects.get(source=shop.source, done=True)
            replace_promotions(schema, shop.promotions(loaded.shift_days))
        if not Consent.objects.exists():
            progress("people to write to", 0, 0)
            make_reachable(scope_of_tenant(tenant), shop.contact_prefix)
        if not Segment.objects.exists():
            if shop is not LAB:  # it is for experiments, and nobody looks at its shoppers
                progress("computed traits", 0, 0)
                make_traits(scope_of_tenant(tenant))
            progress("segments", 0, 0)
            make_segments(scope_of_tenant(tenant), shop.kind)
        if not ItemVector.objects.exists():
            progress("content vectors", 0, 0)
            embed_stale(schema)
        if not ShopperState.objects.exists():
            rebuild_states(schema, progress)
        model = ModelVersion.objects.filter(stage=ModelVersion.Stage.PRODUCTION).first()
        if model is None or not _loads(artefact_folder(schema, model.version)):
            train_tenant(schema, progress=progress, settings=shop.training)
        if shop.judged and not ModelVersion.objects.exclude(metrics={}).exists():
            progress("evaluation", 0, 0)
            keep(judge(tenant, progress=progress))


def _load(shop: Shop, tenant: Tenant, today: dt.date, progress: Progress) -> None:
    schema = tenant.schema_name
    count = 0
    progress("catalogue", 0, 0)

    def counted(items: Any) -> Any:
        nonlocal count
        for item in items:
            count += 1
            if count % 2000 == 0:
                progress("catalogue", count, 0)
            yield item

    report = upsert_items(schema, counted(shop.items(today)), currency=shop.currency)
    if report.rejected:
        raise RuntimeError(f"{report.rejected} items of {shop.name} were refused: {report.errors[:3]}")
    scope = scope_of_tenant(tenant)
    history = shop.history(today)
    import_history(
        scope,
        history.frames(),
        source=shop.source,
        digest=shop.source,
        shift_days=history.offset_days,
        progress=progress,
    )
    import_traits(scope, shop.traits())


def _loads(folder: Path) -> bool:
    """Whether this release can serve the artefact; one of an earlier release may have other features."""
    try:
        load(folder)
    except BadArtefact:
        return False
    return True


def environment_lines(base: str) -> list[str]:
    """`var/demo.env`: what a shell needs to talk to the demo."""
    known = Secrets()
    port = base.rstrip("/").rsplit(":", 1)[1]
    lines = [f"ATTUNE_URL={base.rstrip('/')}"]
    for shop in SHOPS:
        mine, name = known.of(shop.slug), shop.slug.upper()
        lines += [
            f"{name}_URL=http://{shop.slug}.localhost:{port}",
            f"{name}_SECRET_KEY={mine['secret']}",
            f"{name}_PUBLISHABLE_KEY={mine['publishable']}",
            f"{name}_OWNER=owner",
            *(
                f"{name}_{role.upper()}_PASSWORD={mine[f'{role}_password']}"
                for role in (role.partition(" ")[0] for role in ROLES)
            ),
        ]
    operator = known.of("operator")
    return [*lines, "OPERATOR=operator", f"OPERATOR_PASSWORD={operator['operator_password']}"]
