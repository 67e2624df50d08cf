"""Personal data of this room: what holds it, and what shows, erases and looks for it."""

from __future__ import annotations

from compliance.registry import LAST, Store, impersonal, nothing, register
from compliance.tables import by_profile, table_store

from .privacy import (
    events,
    identity,
    interactions,
    keys,
    letters,
    people,
    placeholders,
    segments,
    spool,
    suspects,
    uploads,
    versions,
    views,
    warehouse,
)

register(
    Store(
        "Events on a disk while the database is away",
        ("files:spool",),
        nothing,  # what waits is drained before anybody is answered, and shown with the other events
        spool.erase,
        spool.verify,
        # First: what it drains is deleted by the next ones.
        order=5,
    )
)
register(
    Store(
        "Events",
        ("profiles.Event.*", "profiles.EventQueue.*", "profiles.MessageKey.*", "profiles.OrderSeen.*"),
        events.export,
        events.erase,
        events.verify,
        order=10,
    )
)
register(
    Store(
        "Dead letters",
        ("profiles.DeadLetter.*",),
        letters.export,
        letters.erase,
        letters.verify,
        order=15,
        note=letters.note,
    )
)
register(
    Store(
        "Uploaded files not imported yet",
        ("files:imports",),
        nothing,  # what is taken of them is shown as events
        uploads.erase,
        uploads.verify,
        order=16,
    )
)
register(
    Store(
        "What was viewed and bought",
        ("profiles.Interaction.*",),
        interactions.export,
        interactions.rows.erase,
        interactions.rows.verify,
        order=20,
    )
)
register(
    Store(
        "Items that only an event of the person named",
        (),  # the catalogue holds products; these are none
        nothing,
        placeholders.erase,
        placeholders.verify,
        order=22,
    )
)
register(
    Store(
        "Segments the person is in",
        ("profiles.SegmentMember.*",),
        segments.export,
        segments.erase,
        segments.verify,
        order=40,
    )
)
register(
    Store(
        "What was said about who the person is",
        ("profiles.Link.*", "profiles.Claim.*", "profiles.Cut.*", "profiles.IdentityRules.*"),
        identity.export,
        identity.erase,
        identity.verify,
        order=59,
    )
)
register(
    table_store(
        "History of the person's identity",
        "profiles_identitychange",
        "kept_id",
        by_profile,
        covers=("profiles.IdentityChange.*",),
        order=67,
        shown=("what", "at"),
    )
)
register(
    Store(
        "Names and identifiers",
        ("profiles.Identifier.*",),
        people.export_identifiers,
        people.erase_identifiers,
        people.verify_identifiers,
        order=60,
    )
)
register(
    table_store(
        "Addresses that find the person",
        "profiles_address",
        "profile_id",
        by_profile,
        covers=("profiles.Address.*",),
        order=64,
        shown=("kind", "trusted", "source", "since"),
    )
)
register(
    Store(
        "Profile, traits and features",
        ("profiles.Profile.*",),
        people.export_profiles,
        people.erase_profiles,
        people.verify_profiles,
        order=65,
    )
)
register(
    table_store(
        "Merged profiles", "profiles_merge", "kept_id", by_profile, covers=("profiles.Merge.*",), order=66
    )
)
register(
    Store(
        "Notes of profile versions",
        ("profiles.VersionNote.*",),
        nothing,
        versions.erase_notes,
        versions.verify_notes,
        order=70,
    )
)
register(
    Store(
        "Versions in the cache",
        ("valkey:{schema}:v:{identifier}",),
        nothing,
        versions.erase_keys,
        versions.verify_keys,
        order=71,
    )
)
register(
    table_store(
        "Moves of segments on their way out",
        "profiles_segmentmove",
        "profile_id",
        by_profile,
        covers=("profiles.SegmentMove.*",),
        order=41,
    )
)
# After everything that an export reads: what is written from then on is without the person.
register(
    Store(
        "Files in your warehouse",
        ("profiles.ExportFile.*", "files:warehouse"),
        nothing,
        warehouse.erase,
        warehouse.verify,
        order=82,
        note=warehouse.note,
    )
)
register(
    Store(
        "Keys of the person",
        ("tenants.PersonKey.*", "memory:keys"),
        nothing,
        keys.erase,
        keys.verify,
        order=LAST,
    )
)
impersonal(
    "profiles.Import.*",
    "profiles.ImportProblem.*",
    reason="which file was read and how far, and why lines were refused, never what stood in them",
)
register(
    table_store(
        "Segments the person was in",
        "profiles_segmentstay",
        "profile_id",
        by_profile,
        covers=("profiles.SegmentStay.*",),
        order=42,
        shown=("segment_id", "entered_at", "left_at"),
    )
)
register(
    table_store(
        "Shoppers whose traits are computed again",
        "profiles_aggregateredo",
        "profile_id",
        by_profile,
        covers=("profiles.AggregateRedo.*",),
        order=41,
        shown=(),
    )
)
register(
    table_store(
        "Shoppers whose past is too long for a computed trait",
        "profiles_buildskip",
        "profile_id",
        by_profile,
        covers=("profiles.BuildSkip.*",),
        order=41,
        shown=("reason",),
    )
)
impersonal(
    "profiles.BuildRun.*",
    "profiles.BuildPortion.*",
    "profiles.Aggregate.*",
    "profiles.ComputedTrait.*",
    "profiles.SeenEvent.*",
    reason="what the merchant has computed, and how events and their properties are called",
)
impersonal("profiles.RetentionRun.*", reason="how much was dropped, not what")
impersonal("profiles.HistoryImport.*", reason="which file of history was read, not what stood in it")
impersonal(
    "profiles.Segment.*",
    "profiles.SegmentTally.*",
    "profiles.SegmentDay.*",
    reason="what the merchant defines, and counts of it",
)
impersonal(
    "profiles.TrackingPlan.*", "profiles.ArrivalRules.*", reason="what the merchant wants events to look like"
)
impersonal(
    "profiles.EventCount.*",
    "profiles.EventTally.*",
    reason="counts by the name of an event, from which what has the form of personal data was taken out",
)
impersonal(
    "profiles.QualityCount.*",
    "profiles.QualityState.*",
    "profiles.FeatureDay.*",
    reason="counts of checks and of values, none of which stands for fewer than three people by name",
)
impersonal(
    "profiles.CountedZone.*",
    "profiles.ExpectationLimit.*",
    reason="how the shop counts and what it expects of its data, nothing of a person",
)
impersonal(
    "profiles.QualityExample.*",
    reason="the number of an event, which leads nowhere once the event is erased",
)
impersonal("profiles.LetterJob.*", reason="what was done to how many dead letters, not what stood in them")
register(
    Store(
        "Visitors taken for bots",
        ("profiles.Suspect.*",),
        suspects.export,
        suspects.erase,
        suspects.verify,
        order=16,
    )
)
register(
    Store(
        "Pages a minute, in the cache",
        ("valkey:{schema}:views:{minute}",),
        nothing,
        views.erase,
        views.verify,
        order=72,
    )
)
