"""Shoppers to try the shop as, each with a story in a sentence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from profiles.admin import people
from profiles.models import Identifier, Interaction, Profile
from tenants.models import Tenant

SUGGESTED = 12
OF_A_KIND = 3
# How many of the latest shoppers are looked at to find that many who are worth trying.
LOOKED_AT = 80
_NUMBERS = ("", "", "two", "three", "four", "five", "six")
_DAYS = ("Sundays", "Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays")
# From this share of the baskets on a weekday is a habit.
_HABIT = 0.22


@dataclass(frozen=True)
class Household:
    user_id: str
    story: str
    baskets: int


def suggested(tenant: Tenant) -> list[Household]:
    """Shoppers with a user id: those with the fullest stories first."""
    ids = list(
        Identifier.objects.filter(
            kind=Identifier.Kind.USER_ID,
            profile_id__in=list(
                Profile.objects.order_by("-last_seen_at").values_list("pk", flat=True)[:LOOKED_AT]
            ),
        ).values_list("profile_id", flat=True)
    )
    told = sorted(_told(tenant, ids), key=lambda h: (-h.story.count(","), -h.baskets))
    # At most three of a kind, so that the list shows how shoppers differ.
    seen: Counter[str] = Counter()
    varied = []
    for household in told:
        kind = household.story.split(",")[0]
        seen[kind] += 1
        if seen[kind] <= OF_A_KIND:
            varied.append(household)
    return (varied if len(varied) >= OF_A_KIND else told)[:SUGGESTED]


def found(tenant: Tenant, text: str) -> list[Household]:
    """The shopper with exactly this user id (identifiers are kept encrypted: there is no search by part)."""
    return _told(tenant, people.find(tenant.pk, text))


def _told(tenant: Tenant, profile_ids: list[int]) -> list[Household]:
    profiles = {profile.pk: profile for profile in Profile.objects.filter(pk__in=profile_ids)}
    habits = _habits(profile_ids)
    names: dict[int, str] = {}
    for identity in people.identities(tenant.pk, profile_ids):
        if identity.kind == Identifier.Kind.USER_ID and identity.value:
            names.setdefault(identity.profile_id, identity.value)
    return [
        Household(name, _story(_demographics(tenant, profiles[pk]), habits.get(pk)), habits.get(pk, (0,))[0])
        for pk, name in names.items()
    ]


def _habits(profile_ids: list[int]) -> dict[int, tuple[int, str, float, int]]:
    """Per shopper: baskets, their favourite weekday and its share, visits without a purchase."""
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH visits AS (
                   SELECT profile_id, CASE WHEN order_key = 0 THEN extract(epoch FROM date_trunc('day', at))::bigint
                                           ELSE order_key END AS visit,
                          min(at) AS at, bool_or(kind = %s) AS bought
                   FROM profiles_interaction WHERE profile_id = ANY(%s) GROUP BY 1, 2
               ), days AS (
                   SELECT profile_id, extract(dow FROM at)::int AS day, count(*) FILTER (WHERE bought) AS baskets,
                          count(*) FILTER (WHERE NOT bought) AS looks
                   FROM visits GROUP BY 1, 2
               )
               SELECT profile_id, sum(baskets), (array_agg(day ORDER BY baskets DESC))[1], max(baskets), sum(looks)
               FROM days GROUP BY 1""",
            [Interaction.Kind.PURCHASE, profile_ids],
        )
        return {
            pk: (int(baskets), _DAYS[day], int(most) / int(baskets) if baskets else 0.0, int(looks))
            for pk, baskets, day, most, looks in cursor.fetchall()
        }


def _demographics(tenant: Tenant, profile: Profile) -> dict[str, Any]:
    features = profile.features.get("demographics")
    known = features if isinstance(features, dict) else profile.features
    return {**people.traits(tenant.pk, profile), **known}


def _story(who: dict[str, Any], habit: tuple[int, str, float, int] | None) -> str:
    parts = [_family(who)]
    if habit is None:
        parts.append(_("has not bought anything yet"))
    else:
        baskets, day, share, looks = habit
        if baskets >= 4:
            parts.append(
                _("shops on %(day)s") % {"day": _(day)} if share >= _HABIT else _("shops all week long")
            )
        if baskets:
            parts.append(ngettext("%(n)s basket", "%(n)s baskets", baskets) % {"n": f"{baskets:,}"})
        elif looks:
            parts.append(
                ngettext("%(n)s visit, nothing bought", "%(n)s visits, nothing bought", looks) % {"n": looks}
            )
    text = ", ".join(part for part in parts if part)
    return text[:1].upper() + text[1:]


def _family(who: dict[str, Any]) -> str:
    """ "Family of four", "couple", "lives alone"; "" when nothing is known."""
    digits = "".join(c for c in str(who.get("household_size", "")) if c.isdigit())
    size = int(digits) if digits else 0
    makeup = str(who.get("household_comp", "")).lower()
    kids = ("kids" in makeup and "no kids" not in makeup) or str(who.get("kids_count", "")) in (
        "1",
        "2",
        "3+",
    )
    many = "+" in str(who.get("household_size", ""))
    count = _NUMBERS[size] if 2 <= size < len(_NUMBERS) else str(size)
    if kids and size >= 2:
        return _("family of %(n)s or more") % {"n": count} if many else _("family of %(n)s") % {"n": count}
    if size == 1:
        return _("lives alone")
    if size == 2:
        return _("couple")
    if size > 2:
        return _("household of %(n)s") % {"n": count}
    age = str(who.get("age", ""))
    return _("aged %(age)s") % {"age": age} if age else ""
