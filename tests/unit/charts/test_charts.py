import pandas as pd
import plotly.graph_objects as go
import pytest

from analytics import charts
from analytics.charts.style import MAX_POINTS, safe
from analytics.warehouse import Warehouse
from tests.support.tiny_home import MODELS, SCRIPT_TITLE, TinyHome

HOSTILE = '<a href="javascript:alert(1)">x</a><b>$\\frac{1}{2}$</b>\u202e'


def shown(figure: go.Figure) -> str:
    """All that the browser gets to read as text; custom data is in the hover."""
    return str(figure.to_json(validate=False)).encode().decode("unicode_escape")


@pytest.fixture
def hostile_queue() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "entity_id": ["a", "b"],
            "name": [HOSTILE, None],
            "quality_harm": [1.0, 2.0],
            "policy_harm": [3.0, 0.0],
            "expected_harm": [4.0, 2.0],
            "harm_unit": ["money", "money"],
        }
    )


def test_safe_text_is_plain() -> None:
    assert safe("<b>bold</b> & $x$") == "&lt;b&gt;bold&lt;/b&gt; &amp; &#36;x&#36;"
    assert safe("a\u202eb\x00c") == "a b c"
    assert safe("x" * 100, 10) == "xxxxxxxxx…"
    assert (safe(None), safe(float("nan")), safe(pd.NA)) == ("", "", "")


def test_queue_harm_splits_harm_and_escapes_names(hostile_queue: pd.DataFrame) -> None:
    figure = charts.queue_harm(hostile_queue, "USD")
    assert [list(trace.x) for trace in figure.data] == [[1.0, 2.0], [3.0, 0.0]]
    assert list(figure.layout.yaxis.ticktext)[1] == "b"
    assert "<a" not in shown(figure)
    assert "<b>" not in shown(figure)
    assert "$" not in shown(figure)


def test_timeline_escapes_what_sellers_write() -> None:
    points = pd.DataFrame(
        {
            "at": pd.to_datetime(["2026-01-01", "2026-01-02"]),
            "lane": ["events", "ratings"],
            "kind": [HOSTILE, "1"],
            "value": [float("nan"), 1.0],
            "label": [HOSTILE, HOSTILE],
            "count": [1, 1],
            "bucket": ["", ""],
        }
    )
    assert "<a" not in shown(charts.timeline(points, "USD"))


def test_timeline_shades_stretches_and_says_so() -> None:
    points = pd.DataFrame(
        {
            "at": pd.to_datetime(["2026-01-01", "2026-03-01"]),
            "lane": "orders",
            "kind": "order line",
            "value": 1.0,
            "label": "",
            "count": 1,
            "bucket": "",
        }
    )
    bands = pd.DataFrame(
        {
            "start": pd.to_datetime(["2026-01-05", "2026-02-01"]),
            "end": pd.to_datetime(["2026-01-09", "2026-02-01"]),
            "label": ["Unusual stretch", HOSTILE],
            "what": [HOSTILE, ""],
        }
    )
    figure = charts.timeline(points, "USD", bands)
    first, second = figure.layout.shapes
    assert (first.x0, first.x1) == tuple(pd.to_datetime(["2026-01-05", "2026-01-09"]))
    assert second.x1 > second.x0  # a single moment is still wide enough to be seen
    early, late = figure.layout.annotations  # in the later half a label ends with its band
    assert (early.x, early.xanchor) == (first.x0, "left")
    assert (late.x, late.xanchor) == (second.x0, "right")
    assert figure.layout.annotations[0].text == "Unusual stretch"
    assert "<a" not in shown(figure)
    assert figure.layout.height > charts.timeline(points, "USD").layout.height
    assert charts.timeline_alt(points, "USD", bands.head(1)).endswith(
        "Shaded: Unusual stretch from 2026-01-05 to 2026-01-09."
    )
    assert "Shaded" not in charts.timeline_alt(points, "USD", bands.head(0))


def test_timeline_puts_five_stars_above_one() -> None:
    points = pd.DataFrame(
        {
            "at": pd.to_datetime(["2026-01-01"] * 3),
            "lane": "ratings",
            "kind": ["1", "3", "5"],
            "value": [1.0, 3.0, 5.0],
            "label": "",
            "count": 1,
            "bucket": "",
        }
    )
    (trace,) = charts.timeline(points, "USD").data
    low, middle, high = trace.y  # the axis runs down
    assert high < middle < low
    assert middle == 0


def test_waterfall_adds_up_to_the_raw_score() -> None:
    contributions = pd.DataFrame(
        {"feature": ["a", "b", "c", "d"], "contribution": [0.5, -0.25, 0.125, 0.0625]}
    )
    (trace,) = charts.waterfall(contributions, {"a": "Late dispatch"}, -1.0, features=2).data
    assert list(trace.x) == [-1.0, 0.5, -0.25, 0.1875, -0.5625]
    assert list(trace.measure) == ["absolute", "relative", "relative", "relative", "total"]
    assert [text for text, _ in trace.customdata] == [
        "Average",
        "Late dispatch",
        "b",
        "2 other features",
        "This entity",
    ]


def test_waterfall_in_words() -> None:
    contributions = pd.DataFrame({"feature": ["a", "b"], "contribution": [0.5, -0.25]})
    assert charts.waterfall_alt(contributions, {"a": "Late dispatch"}, -1.0) == (
        "From -1.00 log-odds on average to -0.75 for this one; raised most by Late dispatch."
    )


def test_calibration_in_words() -> None:
    curves = pd.DataFrame(
        {
            "curve": ["model", "model", "rate"],
            "predicted": [0.1, 0.5, 0.3],
            "observed": [0.2, 0.5, 0.1],
            "entities": [50, 50, 100],
        }
    )
    # model: (0.1 × 50 + 0 × 50) / 100
    assert charts.calibration_alt(curves) == (
        "Calibration: mean distance of predicted from observed share: model 0.050, rate 0.200."
    )
    assert len(charts.calibration(curves).data) == 3  # with the diagonal


def test_precision_recall_reads_at_the_capacity() -> None:
    curves = pd.DataFrame(
        {
            "curve": "model",
            "capacity": [10, 50, 100],
            "precision": [0.9, 0.6, 0.4],
            "recall": [0.1, 0.4, 0.6],
        }
    )
    assert charts.precision_recall_alt(curves, 60) == (
        "Precision and recall at about 60 cases: model 60 % and 40 %."
    )
    assert len(charts.precision_recall(curves, 60).data) == 2


def test_metric_intervals_are_asymmetric() -> None:
    metrics = pd.DataFrame({"curve": ["model"], "value": [0.7], "low": [0.6], "high": [0.75]})
    (trace,) = charts.metric_intervals(metrics).data
    assert trace.error_x.array[0] == pytest.approx(0.05)
    assert trace.error_x.arrayminus[0] == pytest.approx(0.1)
    assert charts.metric_intervals_alt(metrics) == "model 0.700 (0.600 to 0.750)"


def test_scatter_is_thinned_and_carries_ids() -> None:
    n = 3 * MAX_POINTS
    points = pd.DataFrame(
        {
            "entity_id": [f"e{i}" for i in range(n)],
            "name": SCRIPT_TITLE,
            "group": [f"g{i % 20}" for i in range(n)],
            "x": range(n),
            "y": range(n),
        }
    )
    figure = charts.scatter(points, "Volume", HOSTILE)
    assert sum(len(trace.x) for trace in figure.data) == MAX_POINTS
    assert len(figure.data) == 7  # six groups and the rest
    assert all(trace.customdata[0][0].startswith("e") for trace in figure.data)
    assert "<script" not in shown(figure)
    assert charts.scatter_alt(points, "Volume", "Harm") == (
        "Harm against Volume of 15,000 entities; rank correlation +1.00."
    )


def test_distribution_as_counts_and_as_shares() -> None:
    bins = pd.DataFrame(
        {
            "group": ["a", "a", "b"],
            "low": [0.0, 1.0, 0.0],
            "high": [1.0, 2.0, 1.0],
            "entities": [30, 10, 5],
        }
    )
    counts = charts.distribution(bins, "Harm")
    assert [list(trace.y) for trace in counts.data] == [[30, 10], [5]]
    shares = charts.distribution(bins, "Harm", as_share=True)
    assert [list(trace.y) for trace in shares.data] == [[0.75, 0.25], [1.0]]
    assert charts.distribution_alt(bins, "Harm") == (
        "Distribution of Harm over 45 entities; most are between 0 and 1."
    )


def test_every_chart_of_the_tiny_home_draws_and_speaks(
    warehouse: Warehouse, tiny: TinyHome
) -> None:
    live = (tiny.april, tiny.models)
    history = warehouse.risk_history(*live, "merchant", "m1")
    importances = warehouse.importance(tiny.april, MODELS["merchant"], "quality")
    drawn = [
        (charts.queue_harm, charts.queue_harm_alt, (warehouse.queue(*live), "USD")),
        (
            charts.slice_bars,
            charts.slice_bars_alt,
            (warehouse.slice(*live, "merchant", "region"), "USD"),
        ),
        (charts.risk_history, charts.risk_history_alt, (history, "USD")),
        (
            charts.timeline,
            charts.timeline_alt,
            (warehouse.timeline(tiny.april, "merchant", "m1"), "USD"),
        ),
        (charts.importance, charts.importance_alt, (importances, {})),
    ]
    for draw, say, given in drawn:
        assert draw(*given).data
        assert say(*given).endswith(".")
        nothing = given[0].head(0)
        assert not draw(nothing, *given[1:]).data  # an empty state, not an error
        assert say(nothing, *given[1:]).endswith(".")
