import pandas as pd
import pytest

from analytics.explain.reasons import MAX_REASONS, build_reasons, concept
from analytics.features.spec import FeatureSpec

IDS = pd.Index(["a", "b", "c", "d"], name="entity_id")


def spec(name, direction="higher_is_worse", family="fulfilment", policies=(), **more):
    return FeatureSpec(
        name, "merchant", family, name, "share", direction, "{value} {period}", "",
        policies=policies, **more,
    )  # fmt: skip


def frame(**columns):
    return pd.DataFrame(columns, index=IDS, dtype=float)


def peers(*groups):
    return pd.DataFrame({"peer_group": groups or ["all"] * 4}, index=IDS)


@pytest.mark.parametrize(
    ("feature", "measure"),
    [
        ("late_dispatch_90d", "late_dispatch"),
        ("late_dispatch_lifetime", "late_dispatch"),
        ("defect_rate_shrunk", "defect_rate"),
        ("defect_rate_recent_30d", "defect_rate"),
        ("growth_30_90", "growth_30_90"),
        ("top_buyer_share", "top_buyer_share"),
    ],
)
def test_windows_of_one_measure_are_one_concept(feature, measure):
    assert concept(feature) == measure


def test_windows_become_one_reason_with_their_sum_shown_by_the_strongest():
    X = frame(late_30d=[0.9, 0.1, 0.1, 0.1], late_90d=[0.8, 0.2, 0.2, 0.2])
    phi = frame(late_30d=[0.3, 0, 0, 0], late_90d=[0.5, 0, 0, 0])
    specs = [spec("late_30d"), spec("late_90d", policies=("M2", "M9"))]

    reasons = build_reasons({"quality": phi}, X, peers(), specs)

    assert len(reasons) == 1
    (row,) = reasons.to_dict("records")
    assert row["entity_id"] == "a"
    assert (row["rank"], row["target"], row["feature"]) == (1, "quality", "late_90d")
    assert row["contribution"] == pytest.approx(0.8)
    assert (row["value"], row["peer_median"]) == (0.8, 0.2)
    assert (row["peer_count"], row["peer_rank"]) == (4, 1)
    assert row["points_to_policies"] == "M2,M9"
    assert pd.isna(row["evidence_rows"])
    assert pd.isna(row["evidence_of"])


def test_a_measure_whose_windows_cancel_out_is_no_reason():
    X = frame(late_30d=[0.9, 0.1, 0.1, 0.1], late_90d=[0.8, 0.2, 0.2, 0.2])
    phi = frame(late_30d=[0.3, 0, 0, 0], late_90d=[-0.29, 0, 0, 0])
    specs = [spec("late_30d"), spec("late_90d")]
    assert build_reasons({"quality": phi}, X, peers(), specs).empty


def test_the_value_must_bear_it_out():
    """Pushing risk up with a value that is normal or better than the peers' is not told."""
    X = frame(late=[0.1, 0.2, 0.3, 0.4])  # median 0.25
    phi = frame(late=[1.0, 1.0, 1.0, 1.0])
    reasons = build_reasons({"quality": phi}, X, peers(), [spec("late")])
    assert reasons["entity_id"].tolist() == ["c", "d"]
    assert reasons["peer_rank"].tolist() == [2, 1]


def test_where_less_is_worse_the_lowest_ranks_first():
    X = frame(stars=[1.0, 4.0, 4.5, 5.0])
    phi = frame(stars=[1.0, 0.1, 0.0, 0.0])
    reasons = build_reasons({"quality": phi}, X, peers(), [spec("stars", "lower_is_worse")])
    assert reasons[["entity_id", "peer_rank"]].to_numpy().tolist() == [["a", 1], ["b", 2]]


def test_what_lowers_risk_or_hardly_raises_it_is_no_reason():
    X = frame(late=[0.9, 0.9, 0.1, 0.1])
    phi = frame(late=[-0.5, 0.019, 0, 0])
    assert build_reasons({"quality": phi}, X, peers(), [spec("late")]).empty


def test_a_missing_value_is_no_reason_and_no_peer():
    X = frame(late=[None, 0.9, 0.1, 0.1])
    phi = frame(late=[0.5, 0.5, 0, 0])
    reasons = build_reasons({"quality": phi}, X, peers(), [spec("late")])
    assert reasons[["entity_id", "peer_count"]].to_numpy().tolist() == [["b", 3]]


def test_peers_are_those_of_the_same_group():
    X = frame(late=[0.5, 0.1, 0.9, 0.7])
    phi = frame(late=[1.0, 1.0, 1.0, 1.0])
    groups = peers("toys | 1–9", "toys | 1–9", "fashion | 1–9", "fashion | 1–9")
    reasons = build_reasons({"quality": phi}, X, groups, [spec("late")])
    shown = reasons[["entity_id", "peer_median", "peer_count", "peer_rank"]]
    assert shown.to_numpy().tolist() == [["a", 0.3, 2, 1], ["c", 0.8, 2, 1]]


def test_equals_share_a_rank():
    X = frame(late=[0.9, 0.9, 0.5, 0.1])
    phi = frame(late=[1.0, 1.0, 0.0, 0.0])
    reasons = build_reasons({"quality": phi}, X, peers(), [spec("late")])
    assert reasons["peer_rank"].tolist() == [1, 1]


def test_neutral_features_are_no_reason_unless_the_user_brought_them():
    X = frame(orders=[900, 1, 1, 1], score=[9, 1, 1, 1])
    phi = frame(orders=[1.0, 0, 0, 0], score=[0.5, 0, 0, 0])
    specs = [spec("orders", "neutral"), spec("score", "neutral", extra=True)]
    reasons = build_reasons({"quality": phi}, X, peers(), specs)
    assert reasons["feature"].tolist() == ["score"]


def test_a_column_of_unknown_direction_counts_its_distance_from_the_median():
    X = frame(score=[-9.0, 1.0, 1.0, 5.0])
    phi = frame(score=[0.5, 0, 0, 0.5])
    specs = [spec("score", "neutral", extra=True)]
    reasons = build_reasons({"quality": phi}, X, peers(), specs)
    assert reasons[["entity_id", "peer_rank"]].to_numpy().tolist() == [["a", 1], ["d", 2]]


def test_a_measure_is_told_once_for_the_target_where_it_weighs_most():
    X = frame(late=[0.9, 0.1, 0.1, 0.1], fake=[0.9, 0.1, 0.1, 0.1])
    quality = frame(late=[0.6, 0, 0, 0], fake=[0.1, 0, 0, 0])
    violation = frame(late=[0.5, 0, 0, 0], fake=[0.9, 0, 0, 0])
    contributions = {"quality": quality, "violation": violation}
    specs = [spec("late"), spec("fake", family="buyers")]

    even = build_reasons(contributions, X, peers(), specs)
    assert even[["rank", "target", "feature"]].to_numpy().tolist() == [
        [1, "violation", "fake"],
        [2, "quality", "late"],
    ]

    weights = pd.DataFrame({"quality": 0.95, "violation": 0.05}, index=IDS)
    mostly_quality = build_reasons(contributions, X, peers(), specs, weights=weights)
    assert mostly_quality[["rank", "target", "feature"]].to_numpy().tolist() == [
        [1, "quality", "late"],
        [2, "quality", "fake"],
    ]
    assert mostly_quality["contribution"].tolist() == pytest.approx([0.6, 0.1])


def test_evidence_is_looked_up_by_entity_and_feature():
    X = frame(late=[0.9, 0.8, 0.1, 0.1], slow=[9, 1, 1, 1])
    phi = frame(late=[0.5, 0.5, 0, 0], slow=[0.4, 0, 0, 0])
    evidence = pd.DataFrame({"late": [9, 0], "late of": [10, 0]}, index=["a", "z"])
    reasons = build_reasons(
        {"quality": phi}, X, peers(), [spec("late"), spec("slow")], evidence=evidence
    )
    shown = reasons[["entity_id", "feature", "evidence_rows", "evidence_of"]]
    assert shown.astype(object).where(shown.notna(), None).to_numpy().tolist() == [
        ["a", "late", 9, 10],
        ["a", "slow", None, None],
        ["b", "late", None, None],
    ]


def test_no_more_than_a_reviewer_can_read_and_in_order_of_strength():
    names = [f"f{i:02}" for i in range(12)]
    X = frame(**{name: [1.0, 0, 0, 0] for name in names})
    phi = frame(**{name: [0.1 + i / 100, 0, 0, 0] for i, name in enumerate(names)})
    reasons = build_reasons({"quality": phi}, X, peers(), [spec(name) for name in names])
    assert reasons["rank"].tolist() == list(range(1, MAX_REASONS + 1))
    assert reasons["feature"].tolist() == names[: -MAX_REASONS - 1 : -1]


def test_chunks_change_nothing(monkeypatch):
    import numpy as np

    from analytics.explain import reasons as module

    rng = np.random.default_rng(0)
    ids = pd.Index([f"m{i:03}" for i in range(200)], name="entity_id")
    names = ["late_30d", "late_90d", "slow_90d", "low_rating"]
    X = pd.DataFrame(rng.random((200, 4)), index=ids, columns=names)
    phi = pd.DataFrame(rng.normal(size=(200, 4)), index=ids, columns=names)
    context = pd.DataFrame({"peer_group": rng.choice(["x", "y"], 200)}, index=ids)
    specs = [spec(name) for name in names]
    whole = build_reasons({"violation": phi}, X, context, specs)
    monkeypatch.setattr(module, "CHUNK_ROWS", 17)
    pd.testing.assert_frame_equal(build_reasons({"violation": phi}, X, context, specs), whole)
    assert (whole["value"] > whole["peer_median"]).all()


def test_without_features_or_entities_there_are_no_reasons():
    X = frame(late=[1, 2, 3, 4])
    empty = build_reasons({"quality": X}, X, peers(), [])
    assert empty.empty
    assert build_reasons({}, X.iloc[:0], peers().iloc[:0], [spec("late")]).columns.equals(
        empty.columns
    )
