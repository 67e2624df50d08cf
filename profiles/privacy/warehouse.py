"""Files that we sent and look after: an erased person goes out of them too."""

from __future__ import annotations

from compliance.registry import Person
from tenants.connectors.links import connector_of, open_link
from tenants.connectors.run import lock_of
from tenants.locks import alone
from tenants.workspace.models import Destination

from ..destinations.models import ExportFile
from ..destinations.table import tables
from ..destinations.warehouse import describe, people
from ..destinations.warehouse.connector import Warehouse

# A delivery in progress is waited for; then the erasure is tried again later.
WAIT_SECONDS = 20.0


class Busy(Exception):
    """A delivery is under way; its files can't be changed now."""


def erase(person: Person) -> int:
    """Write the person's files anew without them; how many. Raises when a destination can't be reached: tried again."""
    found = _files(person)
    for number in sorted({row.destination_id for row in found}):
        destination = Destination.objects.filter(pk=number).first()
        if destination is None:
            ExportFile.objects.filter(destination_id=number).delete()  # it was handed over
            continue
        with alone(lock_of(person.scope.schema, number), WAIT_SECONDS) as mine:
            if not mine:
                raise Busy
            connector, link = connector_of(destination), open_link(person.scope, destination)
            if isinstance(connector, Warehouse):
                store = connector.store(link)
                people.take_out(store, link, person.profile_ids, {str(uuid) for uuid in person.uuids})
                for name in {row.table for row in found if row.destination_id == number} & tables().keys():
                    describe.publish(store, link, tables()[name])
    return len(found)


def verify(person: Person) -> int:
    """Files that hold the person: the record of each is written before the file is, so none is unknown."""
    return len(_files(person))


def note(person: Person) -> str:
    """What left for places that are not ours to erase."""
    names = list(Destination.objects.order_by("name").values_list("name", flat=True))
    if not names:
        return ""
    return (
        f"Files of {len(names)} {'destination was' if len(names) == 1 else 'destinations were'} searched and written anew. "
        "Copies that somebody made of them, and files of destinations that were removed and left in place, are the merchant's."
    )


def _files(person: Person) -> list[ExportFile]:
    if not person.profile_ids:
        return []
    return list(
        ExportFile.objects.filter(profile_ids__overlap=list(person.profile_ids)).only(
            "id", "destination_id", "table"
        )
    )
