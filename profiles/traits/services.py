"""Changes of computed traits: the change, its audit record, and the computation that follows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db import connection, transaction
from django.utils import timezone

from tenants import audit
from tenants.due import mark_due
from tenants.scope import Scope

from ..segments.forms import EDITED, free_key, plainly
from ..segments.live import change_definitions
from ..segments.moments import QUEUE
from .measure import Measure, parse, plain
from .models import Aggregate, ComputedTrait
from .uses import uses_of

MOST_TRAITS = 100
Status = ComputedTrait.Status


class BadTrait(ValueError):
    """Why a trait can't be kept so; `field` is the one to mend."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class TraitForm:
    name: str
    definition: Any
    description: str = ""

    def checked(self) -> Measure:
        if not 1 <= len(self.name.strip()) <= 120 or "\x00" in self.name + self.description:
            raise BadTrait("name", "Give it a name of 1 to 120 characters.")
        return checked(self.definition)


def checked(definition: Any) -> Measure:
    """The measure of a JSON document; raises `BadTrait` with the first thing to mend."""
    try:
        measure = parse(definition)
    except msgspec.ValidationError as error:
        where = str(error).partition(" - at `$.")[2]
        raise BadTrait(where.rstrip("`").partition("[")[0], plainly(str(error))) from error
    if "\x00" in str(definition):
        raise BadTrait("", "A text holds a character that can't be stored.")
    for name, message in measure.problems():
        raise BadTrait(name, message)
    return measure


@transaction.atomic
def create_trait(
    scope: Scope, form: TraitForm, *, actor: str, user: Any = None, key: str = ""
) -> ComputedTrait:
    """A live trait; its values are computed from what came before in the background. Raises `BadTrait`."""
    measure = form.checked()
    _hold(scope)
    taken = set(ComputedTrait.objects.values_list("key", flat=True))
    if len(taken) >= MOST_TRAITS:
        raise BadTrait("name", f"There are {MOST_TRAITS} computed traits already; archive some first.")
    _refuse_same_name(form.name)
    trait = ComputedTrait(
        key=key or free_key(form.name, taken).replace("-", "_"),
        name=form.name.strip(),
        description=form.description.strip(),
        definition=plain(measure),
        created_by=user,
    )
    trait.aggregate = want(scope, measure)
    trait.shown = trait.aggregate if trait.aggregate.status == Aggregate.Status.READY else None
    trait.save()
    audit.record("computed trait created", f"computed_trait:{trait.pk}", actor, trait=summary(trait))
    return trait


@transaction.atomic
def change_trait(
    scope: Scope, trait: ComputedTrait, form: TraitForm, *, actor: str, seen: str | None = None
) -> ComputedTrait:
    """Rename, describe or define it anew. The former values are shown until the new ones have been computed.

    `seen`: the state (`edition`) that the form began with; `BadTrait` when somebody else has changed it since.
    """
    measure = form.checked()
    trait = _held(scope, trait)
    if seen is not None and seen != edition(trait):
        raise BadTrait("", EDITED)
    before = summary(trait)
    if form.name.strip().lower() != trait.name.lower():
        _refuse_same_name(form.name)
    trait.name, trait.description = form.name.strip(), form.description.strip()
    if plain(measure) != trait.definition:
        _refuse_other_kind(trait, measure)
        trait.definition = plain(measure)
        trait.aggregate = want(scope, measure)
        if trait.aggregate.status == Aggregate.Status.READY:
            _show(scope, trait)
    after = summary(trait)
    changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if changed:
        trait.save()
        forget_unused(scope)
        audit.record("computed trait changed", f"computed_trait:{trait.pk}", actor, changed=changed)
    return trait


@transaction.atomic
def archive_trait(scope: Scope, trait: ComputedTrait, *, actor: str) -> ComputedTrait:
    """Its values are forgotten. Raises `BadTrait` while something that runs uses it."""
    trait = _held(scope, trait)
    running = [use for use in uses_of(trait) if use.running]
    if running:
        named = ", ".join(f"{use.kind.lower()} “{use.name}”" for use in running[:3])
        raise BadTrait("", f"It is used by {named}. Take it out there first.")
    if trait.status != Status.ARCHIVED:
        trait.status, trait.aggregate, trait.shown = Status.ARCHIVED, None, None
        trait.save()
        forget_unused(scope)
        audit.record("computed trait archived", f"computed_trait:{trait.pk}", actor)
    return trait


@transaction.atomic
def restore_trait(scope: Scope, trait: ComputedTrait, *, actor: str) -> ComputedTrait:
    """Live again, computed anew from what is stored."""
    trait = _held(scope, trait)
    if trait.status == Status.ARCHIVED:
        trait.status = Status.LIVE
        trait.aggregate = want(scope, parse(trait.definition))
        trait.shown = trait.aggregate if trait.aggregate.status == Aggregate.Status.READY else None
        trait.save()
        audit.record("computed trait restored", f"computed_trait:{trait.pk}", actor)
    return trait


def want(scope: Scope, measure: Measure) -> Aggregate:
    """The aggregate that keeps this measure, made and marked to be built when there is none. Definitions are held."""
    aggregate, made = Aggregate.objects.get_or_create(
        digest=measure.digest, defaults={"definition": plain(measure)}
    )
    if made:
        with connection.cursor() as cursor:
            mark_due(cursor, scope.tenant_id, QUEUE)
    return aggregate


def build_again(scope: Scope, sources: Sequence[str] = ("act", "trait")) -> None:
    """Interactions or traits came by another way than events, such as an import: make their measures anew.

    The caller's transaction holds the definitions.
    """
    found = Aggregate.objects.filter(definition__source__in=sources)
    if found.update(status=Aggregate.Status.BUILDING, run=None):
        with connection.cursor() as cursor:
            mark_due(cursor, scope.tenant_id, QUEUE)


def announce_ready(scope: Scope, aggregates: Iterable[Aggregate]) -> None:
    """Values may be read from now on: traits show them, and segments that use them judge everybody."""
    from ..segments.judging import judge_users_of

    ids = [aggregate.pk for aggregate in aggregates]
    Aggregate.objects.filter(pk__in=ids).update(
        status=Aggregate.Status.READY, ready_at=timezone.now(), error="", run=None
    )
    for trait in ComputedTrait.objects.filter(aggregate_id__in=ids, status=Status.LIVE):
        trait.shown_id = trait.aggregate_id
        trait.save(update_fields=["shown"])
    judge_users_of(scope, set(ids))
    forget_unused(scope)


def forget_unused(scope: Scope) -> None:
    """Stop keeping what neither a trait nor a segment asks for; shoppers lose such states with their next event."""
    from ..segments.needs import wanted_digests

    used = set(ComputedTrait.objects.values_list("aggregate_id", flat=True))
    used |= set(ComputedTrait.objects.values_list("shown_id", flat=True))
    Aggregate.objects.exclude(pk__in=used - {None}).exclude(digest__in=wanted_digests()).delete()


def edition(trait: ComputedTrait) -> str:
    """Which state of a trait somebody looks at."""
    return trait.updated_at.isoformat()


def summary(trait: ComputedTrait) -> dict[str, Any]:
    """A trait as plain JSON, as the audit shows it."""
    return {
        "key": trait.key,
        "name": trait.name,
        "description": trait.description,
        "definition": trait.definition,
        "status": str(trait.status),
    }


def _show(scope: Scope, trait: ComputedTrait) -> None:
    from ..segments.judging import judge_users_of

    trait.shown = trait.aggregate
    trait.save()
    if trait.shown_id is not None:
        judge_users_of(scope, {trait.shown_id})


def _refuse_same_name(name: str) -> None:
    if ComputedTrait.objects.filter(name__iexact=name.strip()).exists():
        raise BadTrait("name", f"There is a computed trait “{name.strip()}” already.")


def _refuse_other_kind(trait: ComputedTrait, measure: Measure) -> None:
    """Conditions compare numbers with numbers: what is used keeps its kind."""
    if parse(trait.definition).kind != measure.kind and any(use.running for use in uses_of(trait)):
        raise BadTrait(
            "function", "It is in use as another kind of value. Make a new trait and use that one instead."
        )


def _hold(scope: Scope) -> None:
    with connection.cursor() as cursor:
        change_definitions(cursor, scope.schema)


def _held(scope: Scope, trait: ComputedTrait) -> ComputedTrait:
    _hold(scope)
    return ComputedTrait.objects.select_for_update().get(pk=trait.pk)
