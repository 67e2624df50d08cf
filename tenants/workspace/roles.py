"""The five roles of a tenant's staff, as groups with permissions on whole models.

Permissions on single objects (a journey, a segment, an experiment, a subject request) are django-guardian's.
"""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission

_READ: tuple[str, ...] = ("view",)
_WRITE: tuple[str, ...] = ("view", "add", "change", "delete")

# Role → app label → model (or "*") → verbs.
ROLES: dict[str, dict[str, dict[str, tuple[str, ...]]]] = {
    "owner": {
        app: {"*": _WRITE}
        for app in (
            "catalog",
            "profiles",
            "recommendations",
            "journeys",
            "experiments",
            "compliance",
            "workspace",
        )
    }
    | {"tenants": {"apikey": _WRITE}},
    "marketer": {
        "catalog": {"*": _WRITE},
        "profiles": {
            "profile": _READ,
            "identifier": _READ,
            "interaction": _READ,
            "featureday": _READ,
            "qualitycount": _READ,
            "segment": _WRITE,
            "computedtrait": _WRITE,
            "import": _WRITE,
        },
        "recommendations": {"rule": _WRITE, "placement": _WRITE, "decision": _READ, "modelversion": _READ},
        "journeys": {"*": _WRITE},
        "experiments": {"*": _READ},
        "compliance": {"consent": _READ, "consentrecord": _READ},
    },
    "analyst": {
        "catalog": {"*": _READ},
        "profiles": {
            "profile": _READ,
            "interaction": _READ,
            "featureday": _WRITE,
            "expectationlimit": _WRITE,
            "qualitycount": _READ,
            "segment": _WRITE,
            "computedtrait": _WRITE,
            "trackingplan": _READ,
            "eventcount": _READ,
            "import": _READ,
        },
        "recommendations": {"*": _READ},
        "journeys": {"*": _READ},
        "experiments": {"*": _WRITE},
        "workspace": {"destination": _READ},
    },
    "developer": {
        "catalog": {"*": _READ},
        "profiles": {
            "event": _READ,
            "featureday": _READ,
            "expectationlimit": _WRITE,
            "qualitycount": _READ,
            "eventcount": _READ,
            "deadletter": _WRITE,
            "import": _WRITE,
            "letterjob": _WRITE,
            "trackingplan": _WRITE,
            "arrivalrules": _WRITE,
            "identityrules": _WRITE,
            "profile": _READ,
            "segment": _READ,
            "computedtrait": _READ,
        },
        "recommendations": {"*": _READ},
        "workspace": {"connectorcredential": _WRITE, "destination": _WRITE},
        "tenants": {"apikey": _WRITE},
    },
    "compliance officer": {
        "profiles": {"*": _READ, "retentionrun": _WRITE, "identitychange": _WRITE},
        "compliance": {"*": _WRITE},
        "workspace": {"auditrecord": _READ, "destination": _READ},
        "recommendations": {"decision": _READ},
    },
}


def sync_roles() -> None:
    """Make the groups of the current schema what ROLES says; safe to run again."""
    permissions = {
        (p.content_type.app_label, p.codename): p for p in Permission.objects.select_related("content_type")
    }
    for role, apps in ROLES.items():
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.set(
            permission
            for (app, codename), permission in permissions.items()
            if app in apps and _allowed(apps[app], codename)
        )


def _allowed(models: dict[str, tuple[str, ...]], codename: str) -> bool:
    verb, _, model = codename.partition("_")
    return verb in models.get(model, models.get("*", ()))
