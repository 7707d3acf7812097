import pandas as pd
import pytest

from analytics import charts

DRIFT = pd.DataFrame(
    [("late", 0.5, 0.3, 0.6, 0.001, True), ("<b>x</b>", 0.1, 0.3, 0.1, 0.5, False)],
    columns=["feature", "psi", "noise", "distance", "q_value", "is_drifted"],
)
MONTHS = pd.DataFrame(
    {
        "period": pd.to_datetime(["2026-05-01", "2026-06-01"]),
        "cases": [100, 1],
        "predicted": [0.2, 0.3],
        "observed": [0.2, 0.4],
        "low": [0.15, 0.3],
        "high": [0.25, 0.5],
    }
)
SHIFTS = pd.DataFrame({"at": [pd.Timestamp("2026-06-03")], "after": ["<i>v2</i>"]})
RATES = pd.DataFrame(
    [("DE", 50, 0.1, 0.05, 0.2, True), ("US", 90, 0.25, 0.2, 0.3, False)],
    columns=["group", "cases", "value", "low", "high", "is_apart"],
)


def points() -> pd.DataFrame:
    made = pd.DataFrame({"capacity": [1, 10], "threshold": [0.9, 0.5]})
    for name, values in {"precision": (0.9, 0.5), "recall": (0.1, 0.8), "cost": (50, 20)}.items():
        made[name] = values
        made[f"{name}_low"] = [v * 0.5 for v in values]
        made[f"{name}_high"] = [v * 1.1 for v in values]
    return made


def test_what_drifted_has_another_colour_and_markup_is_text():
    made = charts.drift_bars(DRIFT, {"late": "Late dispatch"}, 0.2)
    bars, chance = made.data
    assert list(bars.x) == [0.5, 0.1]
    assert len(set(bars.marker.color)) == 2
    assert list(chance.x) == [0.3, 0.3]
    assert made.layout.shapes[0].x0 == 0.2
    assert list(made.layout.yaxis.ticktext) == ["Late dispatch", "&lt;b&gt;x&lt;/b&gt;"]
    assert charts.drift_bars_alt(DRIFT, {"late": "Late dispatch"}, 0.2) == (
        "1 of 2 drifted, limit 0.20; largest stability index: Late dispatch 0.50, <b>x</b> 0.10."
    )


def test_verdicts_stand_beside_what_was_expected_and_policies_are_marked():
    made = charts.verdicts(MONTHS, SHIFTS)
    confirmed, expected = made.data
    assert list(confirmed.y) == [0.2, 0.4]
    assert list(confirmed.error_y.array) == pytest.approx([0.05, 0.1])
    assert list(expected.y) == [0.2, 0.3]
    assert made.layout.annotations[0].text == "policies &lt;i&gt;v2&lt;/i&gt;"
    assert charts.verdicts_alt(MONTHS, SHIFTS) == (
        "In 2026-06, 40 % of 1 case were confirmed, 30 % expected. The policies changed 1 time."
    )


def test_rates_by_group():
    (trace,) = charts.group_rates(RATES).data
    assert list(trace.x) == [0.1, 0.25]
    assert list(trace.error_x.arrayminus) == pytest.approx([0.05, 0.05])
    assert charts.group_rates_alt(RATES) == "DE 10 % (5 % to 20 %); US 25 % (20 % to 30 %)"


def test_capacity_has_bands_and_marks():
    shares = charts.capacity_shares(points(), 10)
    assert [trace.name for trace in shares.data if trace.name] == ["Precision", "Recall"]
    assert list(shares.data[0].y) == pytest.approx([0.99, 0.55, 0.25, 0.45])  # up, and back
    assert charts.capacity_shares_alt(points(), 10) == (
        "At 10 cases a day: precision 50 % (25 % to 55 %), recall 80 % (40 % to 88 %)."
    )
    cost = charts.capacity_cost(points(), 1, 10)
    assert [mark.text for mark in cost.layout.annotations] == ["capacity", "least cost"]
    assert len(charts.capacity_cost(points(), 10, 10).layout.annotations) == 1
    assert charts.capacity_cost_alt(points(), 1, 10) == (
        "Cost at 1 case a day 50, least at 10 cases: 20."
    )


@pytest.mark.parametrize(
    ("made", "alt"),
    [
        (charts.drift_bars(DRIFT[:0], {}, 0.2), charts.drift_bars_alt(DRIFT[:0], {}, 0.2)),
        (charts.verdicts(MONTHS[:0], SHIFTS), charts.verdicts_alt(MONTHS[:0], SHIFTS)),
        (charts.group_rates(RATES[:0]), charts.group_rates_alt(RATES[:0])),
    ],
)
def test_nothing_to_show_says_so(made, alt):
    assert not made.data
    assert made.layout.annotations[0].text == alt.rstrip(".")
