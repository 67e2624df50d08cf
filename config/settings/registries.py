"""What one room calls of another that lies above it: dotted names, so that imports go one way only."""

from __future__ import annotations

# Called with the details of every audit record; what it returns is written.
AUDIT_REDACTOR = "compliance.redaction.redact_values"

# Called with the schema of a new tenant, inside the transaction that makes it.
TENANT_CREATED = ["profiles.partitions.make_ahead"]
# Called with a tenant whose time zone changed, inside the transaction that changes it.
TIME_ZONE_CHANGED = ["profiles.features.zone.zone_changed"]
# Called with each processed batch of events, in this order: (scope, batch) -> None.
EVENT_SUBSCRIBERS = [
    # First, so that the others find membership up to date.
    "profiles.segments.streaming.on_events",
    "recommendations.subscriber.on_events",
    "experiments.subscriber.on_events",
    "journeys.subscriber.on_events",
    "profiles.destinations.streaming.on_events",
]
# Called with shoppers who entered and left segments, inside the transaction: (scope, changes) -> None.
SEGMENT_SUBSCRIBERS = ["journeys.subscriber.on_segments", "profiles.destinations.streaming.on_segments"]
# Who can say where a segment is used: (segment) -> list of profiles.segments.uses.Use.
SEGMENT_USES = [
    "profiles.segments.uses.by_segments",
    "experiments.segment_uses.by_experiments",
    "journeys.segment_uses.by_journeys",
    "journeys.segment_uses.by_campaigns",
]
# The same of computed traits: (trait) -> list of profiles.segments.uses.Use.
TRAIT_USES = [
    "profiles.traits.uses.by_segments",
    "journeys.trait_uses.by_journeys",
    "journeys.trait_uses.by_templates",
]

# Kinds of destinations (tenants.connectors.base.Connector).
CONNECTORS = [
    "profiles.destinations.warehouse.bucket.BucketWarehouse",
    "profiles.destinations.warehouse.folder.FolderWarehouse",
]
# What destinations can be given (profiles.destinations.table.Table).
EXPORT_TABLES = [
    "profiles.destinations.tables.events.TABLE",
    "profiles.destinations.tables.interactions.TABLE",
    "profiles.destinations.tables.profiles.TABLE",
    "profiles.destinations.tables.segments.MEMBERS",
    "profiles.destinations.tables.segments.MOVES",
    "profiles.destinations.tables.merges.TABLE",
    "recommendations.exports.IMPRESSIONS",
    "journeys.exports.MESSAGES",
    "profiles.destinations.tables.identities.TABLE",
]
# Told that a destination ended, inside the transaction: (scope, destination id) -> None.
DESTINATION_REMOVED = ["profiles.destinations.warehouse.files.hand_over"]

# Who can say where a feature is used: (name of the feature) -> list of profiles.segments.uses.Use.
FEATURE_USES = ["profiles.features.uses.by_segments", "journeys.feature_uses.by_journeys"]

# What experiments can be about: kind → class (experiments.subjects.Subject).
EXPERIMENT_SUBJECTS = {"placement": "recommendations.experiments.PlacementSubject"}

# What rooms add to the console's page of a shopper: (request, profile) -> context with a template, or None; with "column"
# "did" it stands among what we did, otherwise among the facts.
SHOPPER_PANELS = [
    "profiles.admin.identity_page.panel",
    "profiles.admin.consents.panel",
    "profiles.admin.trait_panel.computed",
    "profiles.admin.segment_panel.segments",
    "recommendations.admin.panels.recent_decisions",
    "journeys.admin.panels.journeys_of",
    "experiments.admin.panels.experiments_of",
]
# What stands alone on a shopper's timeline: (request, profile, before, limit) -> list of profiles.life.entries.Moment.
SHOPPER_MOMENTS = [
    "profiles.life.moments.consents",
    "profiles.life.moments.segments",
    "profiles.life.moments.merges",
    "journeys.admin.moments.messages",
    "journeys.admin.moments.journeys",
]

# From what somebody is called to everything they are known by: (scope, [(kind, value)]) -> compliance.registry.Person.
SUBJECT_RESOLVER = "profiles.subjects.resolve"
# The same person looked up once more, with what was made of their identifiers meanwhile.
SUBJECT_AGAIN = "profiles.subjects.again"
# How many shoppers identities lead to, without looking at what is held of them: (scope, identities) -> int.
SUBJECT_SHOPPERS = "profiles.subjects.shoppers"
# Keyed hashes under which the person could come again, refused by an erasure: (person) -> set of 16 bytes.
SUBJECT_REFUSALS = "profiles.subjects.refusals"
# The person's addresses with who said them and who else has them: (person) -> list of compliance.registry.OnFile.
SUBJECT_ADDRESSES = "profiles.privacy.addresses.on_file"
# Those of the person's names that are another shopper's address too: (person) -> set of (kind, value).
SUBJECT_SHARED = "profiles.privacy.addresses.shared_names"
# Where staff look at the shoppers with these ids: (profile ids) -> addresses of pages, of those that exist.
SUBJECT_PAGES = "profiles.privacy.addresses.pages"
# What an objection or a restriction changes for the person: (scope, person, kind, actor) -> None.
SUBJECT_LIMITER = "profiles.subjects.limit"
# Mails the person a link: (person, link) -> the address that it goes to, empty where there is none.
SUBJECT_MAILER = "journeys.services.verification.mail_link"
# Paths that a cache may answer before the view is looked up.
API_SHORTCUTS = {"/api/v1/recommendations": "recommendations.answers.cached_answer"}

# Queues of public.tenants_due → the task that wakes the tenants with work in them.
SWEEPS = {
    "events": "profiles.tasks.sweep",
    "segments": "profiles.tasks.sweep_segments",
    "letters": "profiles.dead_letters.tasks.sweep_letters",
    "imports": "profiles.imports.tasks.sweep_imports",
    "fetches": "profiles.imports.tasks.sweep_imports",
    "identity": "profiles.identity.tasks.sweep_identity_rules",
    "destinations": "tenants.connectors.tasks.sweep_destinations",
    "journeys": "journeys.tasks.sweep",
    "messages": "journeys.tasks.sweep",
    "campaigns": "journeys.tasks.sweep",
    "vectors": "catalog.tasks.sweep_vectors",
    "erasures": "compliance.tasks.sweep_requests",
}
