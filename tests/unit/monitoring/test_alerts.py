"""Alerts: what crosses a limit, and what it says."""

from datetime import datetime

import pandas as pd

from analytics.features.spec import FeatureSpec
from analytics.monitoring import alerts
from analytics.monitoring.alerts import Watched

ABOUT = Watched("merchant", "april", "march")
AS_OF, NOW = datetime(2026, 4, 1), datetime(2026, 4, 9)


def drifted(*names: str) -> pd.DataFrame:
    rows = [{"feature": n, "psi": 2.0 - i, "is_drifted": True} for i, n in enumerate(names)]
    rest = [{"feature": "same", "psi": 0.01, "is_drifted": False}]
    return pd.DataFrame(rows + rest)


def test_one_alert_names_the_worst_and_counts_the_rest() -> None:
    names = ("a", "b", "c", "d", "e")
    (alert,) = alerts.drift_alerts(ABOUT, "feature_drift", drifted(*names), 0.2)
    assert alert.message == (
        "5 of 6 features of merchants drifted: a, b, c and 2 more. "
        "The largest stability index is 2."
    )
    assert alert.to_dict() == {
        "kind": "feature_drift",
        "entity": "merchant",
        "subjects": ["a", "b", "c", "d", "e"],
        "value": 2.0,
        "limit": 0.2,
        "message": alert.message,
        "snapshot_id": "april",
        "reference_id": "march",
    }


def test_features_of_one_family_stand_together_that_of_the_worst_first() -> None:
    def spec(name: str, family: str) -> FeatureSpec:
        return FeatureSpec(name, "merchant", family, name, "share", "neutral", "", "")

    specs = {"a": spec("a", "ratings"), "b": spec("b", "fulfilment"), "c": spec("c", "ratings")}
    found = alerts.by_family(("c", "b", "gone", "a"), specs)
    assert list(found) == ["ratings", "fulfilment"]
    assert [spec.name for spec in found["ratings"]] == ["c", "a"]


def test_nothing_over_a_limit_is_no_alert() -> None:
    assert alerts.drift_alerts(ABOUT, "score_drift", drifted(), 0.2) == []
    columns = ["feature", "reference_missing", "current_missing", "change", "is_drifted"]
    none = pd.DataFrame(columns=columns).astype({"is_drifted": bool})
    assert alerts.missing_alerts(ABOUT, none, 0.1) == []


def test_values_that_went_missing() -> None:
    found = pd.DataFrame(
        [{"feature": "rating", "reference_missing": 0.05, "current_missing": 0.6, "change": 0.55,
          "is_drifted": True}]
    )  # fmt: skip
    (alert,) = alerts.missing_alerts(ABOUT, found, 0.1)
    assert alert.message == (
        "The share of missing values changed for 1 feature of merchants: rating. The largest "
        "change is from 5 % to 60 %."
    )


def months(*is_off: bool) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"period": pd.Timestamp(2026, n, 1), "predicted": 0.2, "observed": 0.4, "low": 0.3,
             "high": 0.5, "excess": 0.2, "is_off": off}
            for n, off in enumerate(is_off, 1)
        ]
    )  # fmt: skip


def test_only_the_newest_month_raises_an_alert() -> None:
    (alert,) = alerts.calibration_alerts(ABOUT, months(False, True), 0.1)
    assert alert.message == (
        "Of the merchant cases of 2026-02, 40 % were confirmed (30 % to 50 %) where the model "
        "expected 20 %."
    )
    assert alerts.calibration_alerts(ABOUT, months(True, False), 0.1) == []


def test_a_new_version_of_the_policies_that_changed_verdicts() -> None:
    shift = {"before": "v1", "after": "v2", "change": -0.15, "is_shifted": True}
    (alert,) = alerts.shift_alerts(ABOUT, pd.DataFrame([shift]), 0.1)
    assert "Since the policies' version v2, 15.0 points fewer merchant cases" in alert.message
    assert alerts.shift_alerts(ABOUT, pd.DataFrame([shift | {"is_shifted": False}]), 0.1) == []


def freshness(trained: str = "2026-03-01", now: datetime = NOW, **newest: str) -> list[str]:
    frame = pd.DataFrame(
        {"name": list(newest), "newest": pd.to_datetime(list(newest.values()))}
    ).astype({"name": object})
    found = alerts.freshness_alerts(
        "april", AS_OF, now, {"merchant": pd.Timestamp(trained), "creator": None}, frame,
        data_days=7, model_days=180,
    )  # fmt: skip
    return [alert.message for alert in found]


def test_old_data_an_old_model_and_a_table_that_stopped() -> None:
    assert freshness(trained="2025-09-01", orders="2026-03-20", merchants="2020-01-01") == [
        "The data are known until 2026-04-01: 8 days.",
        "As of 2026-04-01, the newest row of orders is of 2026-03-20: 12 days.",
        "The merchants' model was trained as of 2025-09-01: 212 days.",
    ]


def test_exactly_the_limit_is_not_old() -> None:
    assert freshness(now=datetime(2026, 4, 8), orders="2026-03-25") == []
