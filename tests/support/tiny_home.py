"""A home folder small enough to check by hand: real ingest, made-up scores.

Two snapshots (1 March and 1 April 2026) of one dataset. Everything a page reads is there; the
numbers of the scores are chosen, not computed, so that tests can name them.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analytics.columns import CONTEXT_COLUMNS, ENTITY_KEY, ENTITY_TABLE, ENTITY_TYPES, EntityType
from analytics.settings import Settings
from analytics.signals.catalog import FEATURE_VERSION
from analytics.snapshots.home import Home, Snapshot
from analytics.snapshots.ingest import ingest
from analytics.snapshots.sources.tables import open_tables

MARCH = datetime(2026, 3, 1)
APRIL = datetime(2026, 4, 1)
MODELS = {e: f"{e}-00000000000{i}" for i, e in enumerate(ENTITY_TYPES, 1)}
FEATURES = ("late_dispatch_90d", "low_rating_90d", "refund_90d", "orders_90d")
FAMILIES = ("fulfilment", "ratings", "fulfilment", "growth")
BASE = -1.0
MARKUP_ID = "m<b>5</b>"
FORMULA_TITLE = '=HYPERLINK("http://evil.example","Prize")'
SCRIPT_TITLE = "<script>alert(1)</script>"
DEVICE = "d" * 64
BANK = "b" * 64


@dataclass(frozen=True)
class TinyHome:
    """The folder and what is live in it."""

    home: Home
    march: str
    april: str
    models: dict[str, str]
    tables: Path


def table(columns: str, *rows: tuple[Any, ...]) -> pd.DataFrame:
    """Rows under a line of column names."""
    return pd.DataFrame(rows, columns=columns.split())


def source_tables() -> dict[str, pd.DataFrame]:
    """The raw tables of the source."""
    return {
        "merchants": table(
            "merchant_id registered_at country region main_category",
            ("m1", "2025-06-01", "US", "CA", "toys"),
            ("m2", "2025-09-01", "US", "NY", "toys"),
            ("m3", "2026-03-10", "DE", "BY", "fashion"),
            ("m4", "2025-01-01", "DE", "BY", "fashion"),
            (MARKUP_ID, "2025-02-01", "US", "CA", "toys"),
        ),
        "products": table(
            "product_id merchant_id category title description price listed_at image_path",
            ("p1", "m1", "toys", "Wooden train", "Beech, 12 parts", "20.00", "2025-06-02", None),
            ("p2", "m1", "toys", FORMULA_TITLE, "Click", "10.00", "2025-06-03", None),
            ("p3", "m2", "toys", "Kite", "Nylon", "15.00", "2025-09-02", None),
            ("p4", "m3", "fashion", "Scarf", "Wool", "30.00", "2026-03-11", None),
            ("p5", "m4", "fashion", SCRIPT_TITLE, "Linen", "50.00", "2025-01-02", None),
            ("p6", MARKUP_ID, "toys", "Ball", "Rubber", "5.00", "2025-02-02", None),
        ),
        "creators": table(
            "creator_id joined_at country followers",
            ("c1", "2025-03-01", "US", "1000"),
            ("c2", "2025-04-01", "DE", "50"),
        ),
        "contents": table(
            "content_id creator_id kind started_at duration_s title transcript "
            "views likes comments shares counted_at",
            (
                "v1",
                "c1",
                "livestream",
                "2026-01-30",
                "3600",
                "Toy night",
                "Look at this train",
                "900",
                "90",
                "9",
                "1",
                "2026-02-11",
            ),
            (
                "v2",
                "c1",
                "video",
                "2026-03-05",
                "60",
                "Kite!",
                "Up it goes",
                "500",
                "50",
                "5",
                "2",
                "2026-03-20",
            ),
        ),
        "content_products": table(
            "content_id product_id shown_at",
            ("v1", "p1", "2026-01-30 00:10:00"),
            ("v2", "p3", "2026-03-05 00:00:30"),
        ),
        "orders": orders(),
        "reviews": table(
            "review_id order_id product_id merchant_id buyer_id rating title text created_at",
            ("r1", "o1", "p1", "m1", "b1", "5", "Good", "Nice train", "2026-01-20"),
            ("r2", "o2", "p1", "m1", "b2", "1", "Late", "Never came\non time", "2026-02-25"),
            ("r3", "o5", None, None, "b5", "2", None, "One of two was bad", "2026-03-15"),
            ("r4", "o4", "p2", "m1", "b4", "4", None, None, "2026-03-28"),
        ),
        "events": table(
            "event_id entity_type entity_id kind at payload",
            ("e1", "merchant", "m1", "price_changed", "2026-02-01", '{"from": 18, "to": 20}'),
            ("e2", "merchant", "m1", "bank_account_changed", "2026-03-20", "{}"),
        ),
        "links": table(
            "entity_type entity_id kind value_hash first_seen last_seen",
            ("merchant", "m1", "device", DEVICE, "2025-06-01", "2026-03-30"),
            ("merchant", "m4", "device", DEVICE, "2025-01-01", "2026-02-01"),
            ("buyer", "b1", "device", DEVICE, "2026-03-15", None),
            ("merchant", "m1", "bank_account", BANK, "2025-06-01", None),
        ),
        "past_decisions": table(
            "entity_type entity_id policy outcome decided_at",
            ("merchant", "m1", "M2", "violation", "2025-12-01"),
            ("merchant", "m2", "M4", "no_violation", "2026-01-15"),
        ),
    }


def orders() -> pd.DataFrame:
    """Eight order lines; o5 has two merchants; o3 is cancelled, o2 refunded, both in March."""
    day = "2026-{}"
    columns = (
        "order_id line_no buyer_id merchant_id product_id creator_id content_id placed_at quantity "
        "price freight ship_by shipped_at deliver_by delivered_at cancelled_at cancelled_by "
        "refunded_at refund_amount refund_reason"
    )

    def line(
        key: str, buyer: str, merchant: str, product: str, placed: str, price: str, **more: str
    ) -> tuple[Any, ...]:
        order_id, line_no = key.split("/")
        values = {
            "order_id": order_id,
            "line_no": line_no,
            "buyer_id": buyer,
            "merchant_id": merchant,
            "product_id": product,
            "placed_at": day.format(placed),
            "quantity": "1",
            "price": price,
            **{
                name: day.format(value)
                if name.endswith(("_at", "_by")) and value[0].isdigit()
                else value
                for name, value in more.items()
            },
        }
        return tuple(values.get(column) for column in columns.split())

    return table(
        columns,
        line(
            "o1/1",
            "b1",
            "m1",
            "p1",
            "01-05",
            "20.00",
            ship_by="01-08",
            shipped_at="01-06",
            delivered_at="01-10",
            creator_id="c1",
            freight="2.50",
        ),
        line(
            "o2/1",
            "b2",
            "m1",
            "p1",
            "02-01",
            "20.00",
            quantity="3",
            ship_by="02-04",
            shipped_at="02-07",
            delivered_at="02-20",
            refunded_at="03-05",
            refund_amount="60.00",
            refund_reason="arrived_late",
            creator_id="c1",
            content_id="v1",
        ),
        line(
            "o3/1",
            "b3",
            "m1",
            "p2",
            "02-20",
            "10.00",
            ship_by="02-25",
            cancelled_at="03-02",
            cancelled_by="seller",
        ),
        line(
            "o4/1",
            "b4",
            "m1",
            "p2",
            "03-20",
            "10.00",
            ship_by="03-25",
            shipped_at="03-21",
            delivered_at="03-25",
        ),
        line(
            "o5/1",
            "b5",
            "m1",
            "p1",
            "03-01 12:00:00",
            "20.00",
            ship_by="03-05",
            shipped_at="03-03",
            delivered_at="03-10",
        ),
        line(
            "o5/2",
            "b5",
            "m2",
            "p3",
            "03-01 12:00:00",
            "15.00",
            ship_by="03-05",
            shipped_at="03-04",
            delivered_at="03-11",
        ),
        line(
            "o6/1",
            "b6",
            "m4",
            "p5",
            "02-10",
            "50.00",
            ship_by="02-13",
            shipped_at="02-12",
            delivered_at="02-18",
        ),
        line("o7/1", "b7", "m1", "p1", "03-28", "20.00", ship_by="03-30"),
    )


# entity, id, quality, violation, policy, gmv at risk, expected harm of March and of April
SCORES: dict[EntityType, pd.DataFrame] = {
    "merchant": table(
        "entity_id quality_probability violation_probability top_policy gmv_at_risk march april",
        ("m1", 0.60, 0.30, "M2", 130.0, 40.0, 90.0),
        ("m2", 0.20, 0.10, "M4", 15.0, 50.0, 20.0),
        ("m3", None, 0.40, "M3", 30.0, None, 60.0),
        ("m4", 0.10, 0.05, "M2", 50.0, 10.0, 10.0),
        (MARKUP_ID, None, 0.02, "M5", 0.0, 0.0, 0.0),
    ),
    "product": table(
        "entity_id quality_probability violation_probability top_policy gmv_at_risk march april",
        ("p1", 0.50, 0.20, "P7", 100.0, 30.0, 50.0),
        ("p2", 0.30, 0.60, "P3", 20.0, 12.0, 25.0),
        ("p3", None, 0.10, "P9", 15.0, 5.0, 5.0),
        ("p4", None, 0.30, "P3", 30.0, None, 30.0),
        ("p5", None, 0.70, "P3", 50.0, 20.0, 20.0),
        ("p6", None, 0.01, "P8", 0.0, 0.0, 0.0),
    ),
    "creator": table(
        "entity_id quality_probability violation_probability top_policy gmv_at_risk march april",
        ("c1", 0.40, 0.50, "C5", 80.0, 15.0, 45.0),
        ("c2", None, 0.05, "C2", 0.0, 0.0, 0.0),
    ),
}
QUEUE_HARM = 30.0  # what reaches it is in the queue


def build_tiny_home(folder: Path) -> TinyHome:
    """Make the home below `folder`."""
    tables = folder / "tables"
    tables.mkdir(parents=True)
    for name, frame in source_tables().items():
        frame.to_csv(tables / f"{name}.csv", index=False)
    home = Home(folder / "home")
    settings = Settings(home=home.path, reject_share_limit=0.0, threads=2)
    result = ingest(open_tables(tables), home, as_ofs=[MARCH, APRIL], settings=settings)
    march, april = sorted(result.snapshots, key=lambda snapshot: snapshot.as_of)
    _write_models(home)
    for snapshot, month in ((march, "march"), (april, "april")):
        for entity in ENTITY_TYPES:
            _write_entity(snapshot, entity, month)
    return TinyHome(home, march.snapshot_id, april.snapshot_id, dict(MODELS), tables)


def _write_entity(snapshot: Snapshot, entity: EntityType, month: str) -> None:
    scores = _scores(entity, month)
    features = _features(scores)
    path = snapshot.features_path(entity, FEATURE_VERSION)
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, pd.concat([scores[["entity_id", *CONTEXT_COLUMNS]], features], axis=1))
    folder = snapshot.scores_dir(MODELS[entity])
    folder.mkdir(parents=True)
    _write(folder / "scores.parquet", scores)
    for target, sign in (("quality", 1.0), ("violation", -0.5)):
        phi = (features.fillna(0.0) * sign).astype("float32")
        _write(
            folder / f"contributions_{target}.parquet",
            pd.concat([scores["entity_id"], phi], axis=1),
        )
    _write(folder / "reasons.parquet", _reasons(scores, features))
    (folder / "meta.json").write_text(json.dumps(_meta(snapshot, entity)), encoding="utf-8")


def _scores(entity: EntityType, month: str) -> pd.DataFrame:
    source = source_tables()[ENTITY_TABLE[entity]].set_index(ENTITY_KEY[entity])
    scores = SCORES[entity].assign(expected_harm=SCORES[entity][month].astype(float))
    scores = scores[scores["expected_harm"].notna()].sort_values("entity_id").reset_index(drop=True)
    known = source.reindex(scores["entity_id"]).reset_index()
    category = (
        known["main_category" if entity == "merchant" else "category"]
        if (entity != "creator")
        else pd.Series("toys", index=known.index)
    )
    quality = scores["quality_probability"].astype(float)
    violation = scores["violation_probability"].astype(float)
    policy_harm = scores["expected_harm"] / 4
    name = known["title"] if entity == "product" else scores["entity_id"]
    policies = [
        json.dumps([{"code": code, "probability": p, "harm": harm}])
        for code, p, harm in zip(scores["top_policy"], violation, policy_harm, strict=True)
    ]
    return pd.DataFrame(
        {
            "entity_id": scores["entity_id"],
            "name": name,
            "category": category,
            "region": known["region"] if entity == "merchant" else None,
            "size_band": "1–9",
            "peer_group": category + "|1–9",
            "volume": 4.0,
            "gmv_30d": scores["gmv_at_risk"].astype(float),
            "gmv_open": 0.0,
            "quality_probability": quality,
            "quality_raw": quality * 2 - 1,
            "quality_status": quality.map(lambda q: "scored" if q == q else "low_volume"),
            "shrunken_rate": 0.2,
            "expected_defect_share": 0.2,
            "violation_probability": violation,
            "violation_raw": violation * 2 - 1,
            "violation_source": "prior",
            "top_policy": scores["top_policy"],
            "policies": policies,
            "policy_harm": policy_harm,
            "gmv_at_risk": scores["gmv_at_risk"].astype(float),
            "expected_harm": scores["expected_harm"],
            "harm_unit": "money",
            "rank": scores["expected_harm"].rank(ascending=False, method="first").astype("int64"),
            "top_family": ["fulfilment" if h > 0 else None for h in scores["expected_harm"]],
        }
    ).astype({"region": object})


def _features(scores: pd.DataFrame) -> pd.DataFrame:
    """Late dispatch is the quality's, low ratings half of it, refunds unknown, orders its harm."""
    quality = scores["quality_probability"].fillna(0.0)
    return pd.DataFrame(
        {
            "late_dispatch_90d": quality,
            "low_rating_90d": quality / 2,
            "refund_90d": float("nan"),
            "orders_90d": scores["expected_harm"] / 10,
        }
    )


def _reasons(scores: pd.DataFrame, features: pd.DataFrame) -> pd.DataFrame:
    rows = [
        {
            "entity_id": entity_id,
            "rank": rank,
            "target": "quality",
            "feature": FEATURES[rank - 1],
            "family": FAMILIES[rank - 1],
            "contribution": 1.0 / rank,
            "value": float(features.iloc[i][FEATURES[rank - 1]]),
            "peer_median": 0.05,
            "peer_count": 6,
            "peer_rank": rank,
            "points_to_policies": "M2",
            "evidence_rows": 2,
        }
        for i, (entity_id, harm) in enumerate(
            zip(scores["entity_id"], scores["expected_harm"], strict=True)
        )
        if harm > 0
        for rank in (1, 2)
    ]
    return pd.DataFrame(rows)


def _meta(snapshot: Snapshot, entity: EntityType) -> dict[str, Any]:
    return {
        "model_version": MODELS[entity],
        "entity": entity,
        "snapshot_id": snapshot.snapshot_id,
        "feature_version": FEATURE_VERSION,
        "trained_as_of": "2026-02-01T00:00:00",
        "base": {"quality": BASE, "violation": 0.0},
        "feature_names": list(FEATURES),
        "notes": [],
        "thresholds": {"queue_probability": 0.3, "queue_harm": QUEUE_HARM},
        "signals": {
            "quality": [_choice(True, "adds", 0.031)],
            "violation": [_choice(False, "adds nothing on these data", -0.003)],
        },
        "label_set_id": None,
        "metrics": {},
    }


def _choice(kept: bool, why: str, gain: float) -> dict[str, Any]:
    return {
        "family": "graph",
        "kept": kept,
        "why": why,
        "gain": {"value": gain, "low": gain - 0.02, "high": gain + 0.02},
    }


def _write_models(home: Home) -> None:
    for entity, version in MODELS.items():
        folder = home.models_dir / version
        folder.mkdir(parents=True)
        card = {"model_version": version, "entity": entity, "trained_as_of": "2026-02-01T00:00:00"}
        (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
        (folder / "card.md").write_text(f"# {version}\n", encoding="utf-8")
        (folder / "metrics.json").write_text("{}", encoding="utf-8")


def _write(path: Path, frame: pd.DataFrame) -> None:
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path, row_group_size=8192)
