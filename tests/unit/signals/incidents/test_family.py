"""Incidents as features, evidence and tables of a view."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from analytics.features.as_of import AsOf
from analytics.signals.catalog import able
from analytics.signals.frame import entity_frame, write_tables
from analytics.signals.incidents.family import Incidents
from analytics.signals.incidents.words import before_words, level_words, sentence
from tests.support import market
from tests.support.market import day
from tests.support.sources import ingest_files
from tests.support.views import engine, view_of

FAMILY = Incidents()


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory):
    made = {
        "orders": market.orders(), "reviews": market.reviews(), "events": market.events(),
        "merchants": market.merchants(), "products": market.products(),
    }  # fmt: skip
    files = {f"{name}.csv": frame.to_csv(index=False) for name, frame in made.items()}
    return ingest_files(tmp_path_factory.mktemp("market"), files).dataset


def at(dataset, moment: datetime) -> AsOf:
    return AsOf(engine(), dataset, moment)


@pytest.fixture(scope="module")
def view(dataset) -> Iterator[AsOf]:
    with at(dataset, day(115)) as made:
        yield made


def test_features_count_what_was_found_in_the_window(view):
    found = FAMILY.features(view, "merchant")
    worse = found["incident_harms_90d"]
    assert worse[worse > 0].to_dict() == {"late": 1.0, "slump": 1.0}
    assert found.loc["burst", ["incident_bursts_30d", "incident_falls_90d"]].tolist() == [1, 0]
    assert found.loc["stop", "incident_falls_90d"] == 1
    assert found.loc["burst", "incident_burst_sureness_90d"] > 5
    assert found.loc["steady1"].eq(0).all()
    assert "small" not in found.index  # too small to be watched: empty, not 0


def test_features_of_a_past_moment_know_nothing_later(dataset):
    with at(dataset, day(95)) as earlier:
        found = FAMILY.features(earlier, "merchant")
    assert found.loc["burst", "incident_bursts_30d"] == 0
    assert found.loc["late", "incident_harms_30d"] == 1


def test_small_sellers_get_no_value(view):
    frame = entity_frame(view, "merchant", ["incident_harms_90d"], [FAMILY])
    assert frame["incident_harms_90d"].isna().to_dict()["small"]
    assert frame.loc["late", "incident_harms_90d"] == 1


def test_evidence_says_what_changed_and_what_was_before(view):
    rows = FAMILY.evidence(view)
    burst = rows[(rows["entity_id"] == "burst") & (rows["feature"] == "incident_bursts_30d")]
    assert burst["what"].tolist() == ["Orders up since 2024-04-10: 2.94 → 15 orders a day"]
    assert burst["detail"].tolist() == ["Just before: campaign joined"]
    late = rows[(rows["entity_id"] == "late") & (rows["feature"] == "incident_harms_90d")]
    assert late["what"].tolist() == [
        "Late dispatch up since 2024-03-21: 0 % → 80 % of the orders due were handed over late"
    ]


def test_tables_are_stored_for_the_page(view, tmp_path):
    write_tables(view, tmp_path, [FAMILY])
    names = {path.stem for path in (tmp_path / "signals").glob("incidents_*.parquet")}
    assert names == {"incidents_incidents", "incidents_series", "incidents_before"}
    stored = pd.read_parquet(tmp_path / "signals" / "incidents_incidents.parquet")
    assert set(stored["entity_type"]) == {"merchant", "product", "category"}


def test_without_orders_the_family_is_off(tmp_path: Path):
    merchants = "merchant_id|registered_at\nm1|2024-01-01"
    with view_of(tmp_path / "in", datetime(2024, 4, 1), merchants=merchants) as bare:
        assert FAMILY.why_off(bare.dataset) == "orders"
        assert able(bare.dataset, [FAMILY]) == []


@pytest.mark.parametrize(
    ("series", "words"),
    [
        ("gmv", "GMV of 10 → 40 a day"),
        ("refunds", "10 → 40 refunds a day"),
    ],
)
def test_levels_in_words(series, words):
    assert level_words(series, 10.0, 40.0) == words


def test_falls_and_repetition_in_words():
    moment = pd.Timestamp("2026-05-01")
    assert sentence("orders", "down", 4.0, 0.0, moment).startswith("Orders down since 2026-05-01")
    assert before_words("price_changed", 12) == "prices changed (12)"
    assert before_words("warehouse_moved", 1) == "warehouse moved"
