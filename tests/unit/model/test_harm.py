import json

import numpy as np
import pandas as pd
import pytest

from analytics.features.spec import FeatureSpec
from analytics.model.harm import expected_harm, policy_split
from analytics.policies import load_taxonomy

TAXONOMY = load_taxonomy()


def spec(name: str, *policies: str) -> FeatureSpec:
    return FeatureSpec(
        name, "merchant", "family", name, "number", "higher_is_worse", "", "", policies=policies
    )


def scores(**columns) -> pd.DataFrame:
    defaults = {
        "shrunken_rate": [0.1, 0.2],
        "expected_defect_share": [0.3, np.nan],
        "violation_probability": [0.5, 0.1],
    }
    return pd.DataFrame(defaults | columns, index=["a", "b"])


def test_probability_is_split_by_what_raises_it():
    contributions = pd.DataFrame(
        {"late": [1.0, -1.0], "fake": [3.0, 0.0], "size": [9.0, 9.0]}, index=["a", "b"]
    )
    specs = [spec("late", "M2"), spec("fake", "M3", "M4"), spec("size")]
    split = policy_split(contributions, specs, TAXONOMY, "merchant", {"M8": 0.75, "M2": 0.25})
    assert split.loc["a"][split.loc["a"] > 0].to_dict() == {"M2": 0.25, "M3": 0.375, "M4": 0.375}
    assert split.loc["b"][split.loc["b"] > 0].to_dict() == {"M2": 0.25, "M8": 0.75}


def test_without_any_hint_policies_are_equally_likely():
    split = policy_split(pd.DataFrame(index=["a"]), [], TAXONOMY, "creator")
    assert split.loc["a"].to_list() == pytest.approx([1 / 9] * 9)


def test_expected_harm_by_hand():
    split = pd.DataFrame({"M2": [0.5, 1.0], "M3": [0.5, 0.0]}, index=["a", "b"])
    context = pd.DataFrame({"gmv_30d": [100.0, 50.0], "gmv_open": [400.0, 10.0]}, index=["a", "b"])
    harmed = expected_harm(scores(), context, split, TAXONOMY, horizon_days=60)
    # a: 0.3 × 100 × 60/30 = 60 defective; severities M2 0.2, M3 1.0:
    # 0.5 × (0.5×0.2 + 0.5×1.0) × 400 = 120
    # b: the shrunken rate stands in: 0.2 × 50 × 2 = 20; 0.1 × 0.2 × 50 = 1
    assert harmed["gmv_at_risk"].tolist() == [400.0, 50.0]
    assert harmed["policy_harm"].tolist() == pytest.approx([120.0, 1.0])
    assert harmed["expected_harm"].tolist() == pytest.approx([180.0, 21.0])
    assert harmed["harm_unit"].tolist() == ["money", "money"]
    assert harmed["rank"].tolist() == [1, 2]
    assert harmed["top_policy"].tolist() == ["M3", "M2"]
    listed = json.loads(harmed["policies"].iloc[0])
    assert listed == [
        {"code": "M3", "probability": 0.25, "harm": 100.0},
        {"code": "M2", "probability": 0.25, "harm": 20.0},
    ]


def test_without_orders_harm_is_severity():
    split = pd.DataFrame({"M2": [1.0, 0.0], "M3": [0.0, 1.0]}, index=["a", "b"])
    context = pd.DataFrame({"gmv_30d": [np.nan] * 2, "gmv_open": [np.nan] * 2}, index=["a", "b"])
    unknown = scores(shrunken_rate=[np.nan] * 2, expected_defect_share=[np.nan] * 2)
    harmed = expected_harm(unknown, context, split, TAXONOMY, horizon_days=60)
    assert harmed["expected_harm"].tolist() == pytest.approx([0.5 * 0.2, 0.1 * 1.0])
    assert harmed["harm_unit"].tolist() == ["severity", "severity"]
    assert harmed["gmv_at_risk"].isna().all()


def test_an_unknown_violation_probability_names_no_policy():
    split = pd.DataFrame({"M2": [1.0, 1.0]}, index=["a", "b"])
    context = pd.DataFrame({"gmv_30d": [0.0, 0.0], "gmv_open": [0.0, 0.0]}, index=["a", "b"])
    harmed = expected_harm(
        scores(violation_probability=[np.nan, np.nan]), context, split, TAXONOMY, horizon_days=60
    )
    assert harmed["top_policy"].isna().all()
    assert harmed["policies"].tolist() == ["[]", "[]"]


def test_equal_harm_is_ranked_by_id():
    split = pd.DataFrame({"M2": [1.0, 1.0]}, index=["b", "a"])
    context = pd.DataFrame({"gmv_30d": [0.0, 0.0], "gmv_open": [0.0, 0.0]}, index=["b", "a"])
    equal = scores(violation_probability=[0.5, 0.5]).set_axis(["b", "a"])
    harmed = expected_harm(equal, context, split, TAXONOMY, horizon_days=60)
    assert harmed["rank"].to_dict() == {"b": 2, "a": 1}
