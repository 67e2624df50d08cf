"""Personal data of this room, and of the rooms below it, which can't import the registry."""

from __future__ import annotations

from . import logs
from .registry import Store, impersonal, nothing, register
from .requests import bundles, contact, others
from .tables import by_profile, table_store

register(
    table_store(
        "Consent",
        "compliance_consent",
        "profile_id",
        by_profile,
        covers=("compliance.Consent.*",),
        order=45,
    )
)
register(
    table_store(
        "History of consent",
        "compliance_consentrecord",
        "profile_id",
        by_profile,
        covers=("compliance.ConsentRecord.*",),
        order=46,
        shown=("purpose", "channel", "granted", "lawful_basis", "source", "text_version", "at"),
    )
)
register(Store("Log files", ("files:log",), nothing, logs.erase, logs.verify, order=85, note=logs.note))

# Before exports: one that is being made is refused from here on, and one that was made a moment ago is deleted next.
register(
    Store("Other requests of the person", (), nothing, others.erase, others.verify, order=47),
)
register(
    Store(
        "Exports for the person",
        ("compliance.Bundle.*", "files:exports"),
        nothing,
        bundles.erase,
        bundles.verify,
        order=48,
    )
)
register(
    Store(
        "Addresses for answers",
        ("compliance.Contact.*",),
        nothing,
        contact.erase,
        contact.verify,
        order=49,
        note=contact.note,
    )
)
impersonal(
    "compliance.SubjectRequest.*",
    "compliance.Approval.*",
    "compliance.ErasureStep.*",
    "compliance.Receipt.*",
    "compliance.Callback.*",
    reason="the proof that a request was answered: whom it was about is sealed with a key that ends with the request, "
    "and keyed hashes let only the merchant tell whose request and receipt it is",
)
impersonal(
    "tenants.Plan.*",
    "tenants.Tenant.*",
    "tenants.Domain.*",
    "tenants.ApiKey.*",
    reason="the merchant's account",
)
impersonal("tenants.Due.*", reason="says that a tenant has work, not whose")
impersonal("tenants.SchemaDump.*", reason="the shape of empty tables")
impersonal(
    "workspace.User.*",
    "workspace.User_groups.*",
    "workspace.User_user_permissions.*",
    reason="the merchant's own staff, kept and deleted under their contract of employment, not shoppers",
)
impersonal("workspace.ConnectorCredential.*", reason="credentials of the merchant's accounts with vendors")
impersonal(
    "workspace.Destination.*",
    "workspace.StreamProgress.*",
    reason="where the merchant has data sent, and how far that came",
)
impersonal(
    "workspace.OutboxEntry.*",
    "workspace.Delivery.*",
    "workspace.DeliveryAttempt.*",
    reason="numbers of rows that are sent somewhere; they name nobody and lead nowhere once the rows are erased",
)
impersonal("workspace.Epoch.*", reason="counters of changes to rules, model and catalogue")
impersonal(
    "workspace.AuditRecord.*",
    reason="holds pseudonymous ids only, whose meaning goes with the erased rows; it must outlive an erasure to prove it",
)
impersonal(
    "workspace.AuditSeal.*",
    "workspace.AuditUnsealed.*",
    reason="numbers and hashes of audit records, which hold pseudonymous ids only",
)
impersonal(
    "auth.Permission.*",
    "auth.Group.*",
    "auth.Group_permissions.*",
    "contenttypes.ContentType.*",
    "guardian.UserObjectPermission.*",
    "guardian.GroupObjectPermission.*",
    "admin.LogEntry.*",
    reason="roles and rights of staff",
)
impersonal(
    "compliance.Suppression.*",
    reason="keyed hashes that refuse an erased person's later events; they open nothing and name nobody",
)
