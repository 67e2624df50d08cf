"""Nothing live stands on an unfinished draft, however far away."""

import pytest

from profiles.segments import services
from profiles.segments.definition import BadDefinition
from profiles.segments.forms import BadSegment
from tenants.db import tenant_connection

from .conftest import act, all_of, in_segment

NO_VALUES = {"type": "feature", "feature": "gender", "op": "is_not"}  # holds for everybody when compiled
NO_FEATURE = {"type": "feature", "feature": ""}


def refused(scope, segment):
    with tenant_connection(scope.schema), pytest.raises(BadDefinition) as caught:
        services.go_live(scope, segment, actor="test")
    return [(problem.path, problem.message) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (all_of(NO_VALUES), "Name at least one value."),
        (all_of(NO_FEATURE), "Choose a feature."),
        (all_of(), "Add at least one condition: a segment of everybody is no segment."),
    ],
)
def test_a_draft_with_gaps_keeps_its_user_from_going_live(live, scope, document, message):
    live("Draft", document, draft=True)
    user = live("User", all_of(act(), in_segment("draft")), draft=True)
    assert refused(scope, user) == [("1", f"“Draft” has to be mended first: {message}")]


def test_also_through_another_draft(live, scope):
    live("Far", all_of(NO_VALUES), draft=True)
    live("Near", all_of(in_segment("far")), draft=True)
    user = live("User", all_of(in_segment("near")), draft=True)
    assert refused(scope, user) == [("0", "“Far” has to be mended first: Name at least one value.")]


def test_drafts_that_go_round_in_a_circle(live, scope):
    live("One", all_of(in_segment("two")), draft=True)
    live("Two", all_of(in_segment("one")), draft=True)
    user = live("User", all_of(in_segment("one")), draft=True)
    assert "round in a circle" in refused(scope, user)[0][1]


def test_a_finished_draft_may_be_used(live, scope):
    live("Draft", all_of(act("viewed")), draft=True)
    user = live("User", all_of(in_segment("draft")))
    with tenant_connection(scope.schema):
        user.refresh_from_db()
    assert user.status == "live"


def test_what_a_live_segment_needs_through_a_draft_is_not_archived(live, scope):
    far = live("Far", all_of(act("viewed")))
    live("Near", all_of(in_segment("far")), draft=True)
    user = live("User", all_of(in_segment("near")))
    with tenant_connection(scope.schema):
        with pytest.raises(BadSegment, match="segment “Near”"):
            services.archive(scope, far, actor="test")
        services.archive(scope, user, actor="test")
        assert services.archive(scope, far, actor="test").status == "archived"
