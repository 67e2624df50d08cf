"""Drafts, versions and the journey's life."""

import pytest
from django.db import ProgrammingError, transaction

from journeys.models import Journey, JourneyVersion
from journeys.services.drafts import (
    Conflict,
    NotPublishable,
    WrongState,
    archive,
    create_journey,
    duplicate,
    pause,
    publish,
    resume,
    save_draft,
)
from tenants.workspace.models import AuditRecord

from .conftest import TRIGGER, graph

pytestmark = pytest.mark.usefixtures("inside")


@pytest.fixture
def draft():
    return create_journey("Cart", actor="test", graph=graph(TRIGGER))


def test_a_save_moves_the_revision(draft):
    saved = save_draft(draft.pk, graph(TRIGGER, ("delay", {"seconds": 5})), 0, actor="test")
    assert (saved.revision, saved.problems) == (1, [])


def test_saving_the_same_again_changes_nothing(draft):
    assert save_draft(draft.pk, graph(TRIGGER), 0, actor="test").revision == 0


def test_a_save_from_an_old_revision_is_refused(draft):
    save_draft(draft.pk, graph(), 0, actor="test")
    with pytest.raises(Conflict) as conflict:
        save_draft(draft.pk, graph(TRIGGER), 0, actor="test")
    assert conflict.value.revision == 1


def test_a_draft_with_problems_is_kept(draft):
    saved = save_draft(draft.pk, graph(), 0, actor="test")
    assert saved.revision == 1
    assert saved.problems


def test_a_draft_with_problems_is_not_published(draft):
    save_draft(draft.pk, graph(), 0, actor="test")
    with pytest.raises(NotPublishable, match="1 problem to solve"):
        publish(draft.pk, actor="test")
    assert Journey.objects.get(pk=draft.pk).status == "draft"


def test_publishing_makes_a_version_that_never_changes(draft):
    version = publish(draft.pk, actor="test")
    assert (version.number, Journey.objects.get(pk=draft.pk).live_version_id) == (1, version.pk)
    with pytest.raises(ProgrammingError, match="never changes"), transaction.atomic():
        JourneyVersion.objects.filter(pk=version.pk).update(graph={})


def test_publishing_twice_makes_one_version(draft):
    assert publish(draft.pk, actor="test") == publish(draft.pk, actor="test")
    save_draft(draft.pk, graph(TRIGGER, ("delay", {"seconds": 5})), 0, actor="test")
    assert publish(draft.pk, actor="test").number == 2


def test_pause_resume_archive_are_recorded(draft):
    publish(draft.pk, actor="user:1")
    assert pause(draft.pk, actor="user:1").status == "paused"
    assert resume(draft.pk, actor="user:1").status == "live"
    assert archive(draft.pk, actor="user:1").status == "archived"
    actions = list(AuditRecord.objects.filter(target=f"journey:{draft.pk}").values_list("action", flat=True))
    assert set(actions) == {
        "journey created",
        "journey published",
        "journey paused",
        "journey resumed",
        "journey archived",
    }


def test_a_draft_cannot_be_paused(draft):
    with pytest.raises(WrongState, match="draft; it can't be paused"):
        pause(draft.pk, actor="test")


def test_an_archived_journey_is_duplicated_instead(draft):
    archive(draft.pk, actor="test")
    with pytest.raises(WrongState):
        save_draft(draft.pk, graph(TRIGGER), 0, actor="test")
    copy = duplicate(draft, actor="test")
    assert (copy.status, copy.draft, copy.name) == ("draft", draft.draft, "Cart (copy)")
