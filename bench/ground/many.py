"""Two hundred small tenants: one is trained, the others get copies of its catalogue, vectors and model.

They are kept for the next run, but parked: as offboarding ones, which `migrate_all` passes over. A change of the
schema or of the code that trains makes them anew.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from catalog.services import upsert_items
from catalog.vectors.embed import embed_stale
from config.services import PROJECT
from profiles.history import import_history
from recommendations.models import ModelVersion
from recommendations.registry import artefact_folder
from recommendations.state import rebuild_states
from recommendations.training import train_tenant
from tenants import epochs, keyring
from tenants.db import PUBLIC, tenant_connection, use_schema
from tenants.keys import create_key
from tenants.models import SchemaDump, Tenant
from tenants.provisioning import create_tenant, offboard

from .environment import Site
from .invented import invented_history, invented_items
from .prepare import unlimited_plan

TENANTS = 200
ITEMS = 1000
SHOPPERS = 100
ORDERS = 20
PREFIX = "bench-many-"
# Rows of the first tenant that the others get as they are.
COPIED = ("catalog_item", "catalog_itemvector", "recommendations_modelversion")


@dataclass(frozen=True, slots=True)
class Many:
    """`keys[i]` is tenant i's secret key; its shoppers are s0, s1, …"""

    keys: list[str]
    shoppers: list[str]


@contextmanager
def many_tenants(site: Site, count: int, say: Callable[[str], None]) -> Iterator[Many]:
    """The tenants, answering inside the block; made first where they are missing or outdated."""
    path = site.var / "many.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    mark = _mark()
    if known.get("mark") != mark or len(known.get("keys", [])) < count:
        path.unlink(missing_ok=True)
        known = {"mark": mark, "keys": _make(count, say)}
        path.write_text(json.dumps(known))
    _set_status(Tenant.Status.ACTIVE)
    try:
        yield Many(known["keys"][:count], [f"s{number}" for number in range(SHOPPERS)])
    finally:
        _set_status(Tenant.Status.OFFBOARDING)


def _make(count: int, say: Callable[[str], None]) -> list[str]:
    for left in Tenant.objects.filter(slug__startswith=PREFIX):
        offboard(left, actor="bench")
    say(f"making {count} tenants, once")
    history = invented_history(SHOPPERS, ITEMS, ORDERS)
    first, key = _new_tenant(0)
    with tenant_connection(first.schema_name):
        report = upsert_items(first.schema_name, invented_items(ITEMS), currency="EUR")
        if report.rejected:
            raise ValueError(f"{report.rejected} invented items were refused: {report.errors[:3]}")
        embed_stale(first.schema_name)
        import_history(keyring.scope_of_tenant(first), [history], source="bench", digest="bench")
        rebuild_states(first.schema_name)
        model = train_tenant(first.schema_name)
    keys = [key]
    for number in range(1, count):
        tenant, key = _new_tenant(number)
        with tenant_connection(tenant.schema_name):
            _copy(first.schema_name, tenant.schema_name, model)
            import_history(keyring.scope_of_tenant(tenant), [history], source="bench", digest="bench")
            rebuild_states(tenant.schema_name)
        keys.append(key)
        if number % 25 == 0:
            say(f"{number} tenants made")
    return keys


def _new_tenant(number: int) -> tuple[Tenant, str]:
    use_schema(PUBLIC)
    tenant = create_tenant(
        f"{PREFIX}{number:03}", f"Small shop {number}", plan=unlimited_plan(), currency="EUR"
    )
    return tenant, create_key(tenant=tenant, kind="secret", name="bench")[1]


@transaction.atomic
def _copy(source: str, target: str, model: ModelVersion) -> None:
    with connection.cursor() as cursor:
        for table in COPIED:
            cursor.execute(
                """SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position),
                          min(column_name) FILTER (WHERE is_identity = 'YES')
                   FROM information_schema.columns
                   WHERE table_schema = %s AND table_name = %s AND is_generated = 'NEVER'""",
                [source, table],
            )
            columns, identity = cursor.fetchone()
            cursor.execute(
                f'INSERT INTO "{target}".{table} ({columns}) OVERRIDING SYSTEM VALUE '
                f'SELECT {columns} FROM "{source}".{table}'
            )
            if identity:
                cursor.execute(
                    f'SELECT setval(pg_get_serial_sequence(%s, %s), (SELECT max({identity}) FROM "{target}".{table}))',
                    [f'"{target}".{table}', identity],
                )
    folder = artefact_folder(target, model.version)
    shutil.copytree(artefact_folder(source, model.version), folder, dirs_exist_ok=True)
    ModelVersion.objects.update(path=str(folder.relative_to(settings.ARTEFACT_ROOT)))
    epochs.bump(target, "model")


@transaction.atomic
def _set_status(status: str) -> None:
    use_schema(PUBLIC)
    Tenant.objects.filter(slug__startswith=PREFIX).update(status=status)
    keyring.changed()


def _mark() -> str:
    """Of everything that the tenants are made by: another one means that they are outdated."""
    sources = sorted((PROJECT / "recommendations" / "learning").rglob("*.py"))
    sources += [Path(__file__), Path(__file__).with_name("invented.py")]
    content = b"".join(path.read_bytes() for path in sources)
    dump = SchemaDump.objects.get()
    return sha256(content + dump.fingerprint.encode()).hexdigest()
