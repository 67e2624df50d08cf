"""Who may be processed for a purpose: the one question that every room asks."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from ..models.consent import Purpose
from .words import DEFAULTS


def allowed(schema: str, profile_ids: Iterable[int], purpose: str, channel: str = "") -> set[int]:
    """Who of `profile_ids` may be processed for a purpose (by a channel of marketing): one query.

    The channel's own record decides, else the one for every channel, else the tenant's setting, else `DEFAULTS`.
    """
    ids = list(profile_ids)
    if not ids:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT asked.id FROM unnest(%s::bigint[]) AS asked(id)
                LEFT JOIN "{schema}".compliance_consent own
                    ON own.profile_id = asked.id AND own.purpose = %s AND own.channel = %s
                LEFT JOIN "{schema}".compliance_consent every
                    ON every.profile_id = asked.id AND every.purpose = %s AND every.channel = ''
                WHERE coalesce(own.granted, every.granted, {default_sql(purpose)})""",
            [ids, purpose, channel, purpose, schema],
        )
        return {row[0] for row in cursor.fetchall()}


def default_sql(purpose: str) -> str:
    """SQL for what holds without a record: the tenant's setting, else ours. Its one parameter is the schema's name."""
    return f"""coalesce((SELECT (t.settings #>> '{{consent,defaults,{Purpose(purpose).value}}}')::boolean
                FROM public.tenants_tenant t WHERE t.schema_name = %s), {str(DEFAULTS[purpose]).lower()})"""
