"""What `Running.assign` answers: shares, layers, holdout, segments, pauses."""

from __future__ import annotations

from decimal import Decimal
from hashlib import blake2b

import pytest

from experiments import services
from experiments.models import Experiment, Layer
from experiments.running import running
from profiles.segments.models import Segment
from tenants.db import tenant_connection

from .conftest import ACTOR, VariantRow, make_experiment

UNITS = [blake2b(str(n).encode(), digest_size=16).digest() for n in range(4_000)]
HOME = "placement:home"
pytestmark = pytest.mark.usefixtures("inside")


@pytest.fixture
def schema(tenant) -> str:
    return tenant.schema_name


def start(schema: str, experiment: Experiment) -> Experiment:
    return services.start(schema, experiment.pk, actor=ACTOR)


def arms(schema: str, subject: str = HOME, segments: frozenset[int] | None = None) -> dict[bytes, tuple]:
    now = running(schema)
    return {u: tuple((a.experiment_key, a.variant_key) for a in now.assign(u, subject=subject, segments=segments)) for u in UNITS}  # fmt: skip


def test_a_draft_runs_for_nobody(schema) -> None:
    make_experiment()
    assert not any(arms(schema).values())


def test_shoppers_are_divided_by_weight(schema) -> None:
    variants: tuple[VariantRow, ...] = (("control", 80, {}), ("popular", 20, {"strategy": "trending"}))
    start(schema, make_experiment(variants=variants))
    counts = [
        sum(a == (("home-test", name),) for a in arms(schema).values()) for name in ("control", "popular")
    ]
    assert sum(counts) == len(UNITS)
    assert abs(counts[1] / len(UNITS) - 0.2) < 0.03


def test_a_ramp_moves_nobody_to_another_variant(schema) -> None:
    experiment = start(schema, make_experiment(traffic=Decimal(10)))
    before = {unit: arm for unit, arm in arms(schema).items() if arm}
    services.ramp(schema, experiment.pk, Decimal("62.5"), actor=ACTOR)
    after = arms(schema)
    assert abs(len(before) / len(UNITS) - 0.1) < 0.03
    assert abs(sum(map(bool, after.values())) / len(UNITS) - 0.625) < 0.03
    assert all(after[unit] == arm for unit, arm in before.items())


def test_experiments_of_a_layer_share_nobody(schema) -> None:
    layer = Layer.objects.create(key="home", name="Home page")
    start(schema, make_experiment("one", layer=layer, traffic=Decimal(60)))
    start(schema, make_experiment("two", layer=layer, traffic=Decimal(40)))
    assert {len(arm) for arm in arms(schema).values()} == {1}


def test_a_full_layer_refuses(schema) -> None:
    layer = Layer.objects.create(key="home", name="Home page")
    start(schema, make_experiment("one", layer=layer, traffic=Decimal(60)))
    with pytest.raises(services.NotReady, match=r"Only 40 % of the layer is free. Lower the traffic"):
        start(schema, make_experiment("two", layer=layer, traffic=Decimal(41)))


def test_stopping_gives_the_layer_back(schema) -> None:
    layer = Layer.objects.create(key="home", name="Home page")
    first = start(schema, make_experiment("one", layer=layer))
    services.stop(schema, first.pk, actor=ACTOR)
    start(schema, make_experiment("two", layer=layer))
    assert {arm[0][0] for arm in arms(schema).values()} == {"two"}


def test_without_a_layer_two_experiments_are_independent(schema) -> None:
    start(schema, make_experiment("one"))
    start(schema, make_experiment("two", placement="search"))
    one, two = arms(schema), arms(schema, "placement:search")
    both = sum(one[u][0][1] == two[u][0][1] == "popular" for u in UNITS)
    assert abs(both / len(UNITS) - 0.25) < 0.03


def holdout(schema: str, share: float = 10) -> Experiment:
    variants: tuple[VariantRow, ...] = (("held-out", share, {}), ("everybody-else", 100 - share, {}))
    return start(schema, make_experiment("holdout", kind="holdout", placement="", variants=variants))


def test_whoever_is_held_out_meets_nothing_else_and_is_counted_where_others_are(schema) -> None:
    holdout(schema)
    start(schema, make_experiment(traffic=Decimal(50)))
    met = [arm for arm in arms(schema).values() if arm]
    held = [arm for arm in met if arm[0] == ("holdout", "held-out")]
    open_ = [arm for arm in met if arm[0] == ("holdout", "everybody-else")]
    assert len(held) + len(open_) == len(met)
    assert {len(arm) for arm in held} == {1}
    assert {len(arm) for arm in open_} == {2}
    assert abs(len(met) / len(UNITS) - 0.5) < 0.03
    assert abs(len(held) / len(met) - 0.1) < 0.03


def test_a_holdout_alone_touches_nobody(schema) -> None:
    holdout(schema)
    assert not any(arms(schema).values())


def test_a_segment_lets_its_members_in_only(schema) -> None:
    segment = Segment.objects.create(key="loyal", name="Loyal", status="live")
    start(schema, make_experiment(segment=segment))
    assert running(schema).segments_of(HOME) == (segment.pk,)
    assert all(arms(schema, segments=frozenset({segment.pk, 8})).values())
    assert not any(arms(schema, segments=frozenset({8})).values())
    assert not any(arms(schema, segments=None).values())


def test_a_pause_ends_it_and_resuming_gives_everybody_the_same_again(schema) -> None:
    experiment = start(schema, make_experiment())
    before = arms(schema)
    services.pause(schema, experiment.pk, actor=ACTOR)
    assert not any(arms(schema).values())
    services.resume(schema, experiment.pk, actor=ACTOR)
    assert arms(schema) == before


def test_a_split_is_asked_for_by_its_key(schema) -> None:
    start(
        schema,
        make_experiment(
            "subject-line", kind="journey", placement="", variants=(("a", 50, {}), ("b", 50, {}))
        ),
    )
    assert {arm[0][1] for arm in arms(schema, "experiment:subject-line").values()} == {"a", "b"}


def test_a_copy_divides_anew(schema) -> None:
    experiment = start(schema, make_experiment())
    before = arms(schema)
    services.stop(schema, experiment.pk, actor=ACTOR)
    copy = services.duplicate(schema, experiment.pk, actor=ACTOR)
    assert (copy.status, copy.key, copy.ranges) == ("draft", "home-test-2", [])
    start(schema, copy)
    same = sum(arms(schema)[u][0][1] == before[u][0][1] for u in UNITS[:500])
    assert 150 < same < 350


def test_the_neighbour_has_experiments_of_its_own(schema, rival) -> None:
    start(schema, make_experiment())
    assert running(schema).assign(UNITS[0], subject=HOME)
    with tenant_connection(rival.schema_name):
        assert not running(rival.schema_name).assign(UNITS[0], subject=HOME)
