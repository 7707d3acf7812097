"""How well sudden changes are found on the sample marketplace, and how often by mistake.

`python -m benchmarks.incidents [--seeds 0 1 2] [--merchants N] [--json]` generates each sample,
finds the incidents with nothing but the tables, and compares with what was planted: the shocks,
and every other window in which the generator changed how a shop behaves. The truth is read here
only. What counts as a false incident stands at `judge`; how soon a change could be told at all, in
`incident_bounds`.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from analytics.columns import ENTITY_ID, ENTITY_TYPE
from analytics.signals.incidents.daily import open_days
from analytics.signals.incidents.incidents import find_incidents
from benchmarks.incident_bounds import delay_table, possible_delays
from sample_data.catalogue import read_catalogue
from sample_data.generator import generate

NEAR = timedelta(days=3)
# Refunds, reviews and dispatch follow the orders that they are about.
LAG = timedelta(days=45)
SHOWS_IN = {
    "order_burst": "orders",
    "order_stop": "orders",
    "late_dispatch": "late_dispatch",
    "refund_wave": "refunds",
    "rating_slump": "bad_ratings",
    "price_jump": "price_rises",
}
VOLUME = ("orders", "gmv")
PRICES = ("price_rises", "price_cuts")
MONTH = 365.25 / 12


@dataclass(frozen=True)
class Result:
    """What was found in one sample.

    Attributes:
        shocks: Planted on merchants and categories.
        found: Share of them found, as of the end.
        dated: Share found with a start within 3 days of the planted one.
        found_in_3_days: Share found within 3 days of the planted start, looking every day.
        by_kind: Of each kind of shock: planted, found, dated, median days from start to finding.
        delays: Of each shock: kind, orders_a_day, days to the finding, and when it was possible.
        incidents: Of merchants and categories.
        planted: Of these, how many are due to what.
        false: How many are due to nothing planted.
        months: Months of merchants and categories watched.
        false_per_1000: False incidents per 1,000 of them.
        false_of_sellers: The same over merchants with at least ten orders only.
        seconds: Processor time of finding, all four kinds of entities.
    """

    seed: int
    shocks: int
    found: float
    dated: float
    found_in_3_days: float
    by_kind: dict[str, dict[str, float]]
    delays: list[dict[str, Any]]
    incidents: int
    due_to: dict[str, int]
    false: int
    months: float
    false_per_1000: float
    false_of_sellers: float
    seconds: float


def measure(seed: int, merchants: int) -> Result:
    """Generate one sample, find its incidents and compare them with its truth."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "sample"
        generate(out, merchants=merchants, seed=seed)
        return evaluate(seed, out)


def evaluate(seed: int, out: Path) -> Result:
    """Find the incidents of the sample in `out` and compare them with its truth."""
    end = datetime.fromisoformat(json.loads((out / "sample.json").read_text())["end"])
    tables = {path.stem: path for path in (out / "tables").glob("*.parquet")}
    started = time.process_time()
    incidents = find_incidents(tables, end).incidents
    seconds = time.process_time() - started
    judged = incidents[incidents[ENTITY_TYPE].isin(["merchant", "category"])]
    shocks = recall(judged, pd.read_parquet(out / "shocks.parquet"))
    cause = judge(judged, out, tables)
    months, sellers = _months(tables, end)
    false = int((cause == "").sum())
    return Result(
        seed=seed,
        shocks=len(shocks),
        found=round(float(shocks["found"].mean()), 3),
        dated=round(float(shocks["dated"].mean()), 3),
        found_in_3_days=round(float((shocks["delay"] <= NEAR.days).mean()), 3),
        by_kind=_by_kind(shocks),
        delays=_delays(shocks, tables, end),
        incidents=len(judged),
        due_to={str(k): int(n) for k, n in cause[cause != ""].value_counts().items()},
        false=false,
        months=round(months),
        false_per_1000=round(1000 * false / months, 2),
        false_of_sellers=round(1000 * false / sellers, 2),
        seconds=round(seconds, 1),
    )


def recall(incidents: pd.DataFrame, shocks: pd.DataFrame) -> pd.DataFrame:
    """Return each shock with whether it was found, dated within 3 days, and the delay in days."""
    shocks = shocks.assign(series=shocks["kind"].map(SHOWS_IN), number=range(len(shocks)))
    pairs = shocks.merge(incidents, on=[ENTITY_TYPE, ENTITY_ID, "series"])
    day = pairs["started_at"].dt.floor("D")
    falls = pairs["kind"] == "order_stop"
    pairs = pairs[
        ((pairs["direction"] == "down") == falls)
        & (pairs["found_on"] >= day)
        & (pairs["started_on"] <= pairs["ended_at"])
        & (pairs["seen_on"] <= pairs["ended_at"] + LAG)
    ]
    off = (pairs["started_on"] - pairs["started_at"].dt.floor("D")).abs()
    pairs = pairs.assign(off=off).sort_values(["number", "off"]).drop_duplicates("number")
    pairs = pairs.set_index("number")
    delay = (pairs["found_on"] - pairs["started_at"].dt.floor("D")).dt.days
    return shocks.set_index("number").assign(
        found=lambda s: s.index.isin(pairs.index),
        dated=lambda s: s.index.isin(pairs.index[pairs["off"] <= NEAR]),
        delay=delay,
    )


def _by_kind(shocks: pd.DataFrame) -> dict[str, dict[str, float]]:
    grouped = shocks.groupby(shocks[ENTITY_TYPE] + " " + shocks["kind"])
    table = grouped.agg(
        planted=("found", "size"),
        found=("found", "sum"),
        dated=("dated", "sum"),
        median_delay=("delay", "median"),
    )
    return {str(kind): dict(row) for kind, row in table.astype(float).iterrows()}


def _delays(
    shocks: pd.DataFrame, tables: Mapping[str, Path], end: datetime
) -> list[dict[str, Any]]:
    with open_days(tables, end, threads=1, memory_limit="2GB") as con:
        rows = shocks.join(possible_delays(con, shocks))
    rows["kind"] = rows[ENTITY_TYPE] + " " + rows["kind"]
    columns = ["kind", "orders_a_day", "delay", "possible"]
    return [dict(zip(columns, row, strict=True)) for row in rows[columns].to_numpy().tolist()]


def judge(incidents: pd.DataFrame, out: Path, tables: Mapping[str, Path]) -> pd.Series:
    """Return what each incident is due to, empty where nothing planted explains it: a false one.

    In this order: a shock; another planted window (fake orders, honest peaks and promotions,
    vouchers, schemes that begin, shops that close), for a fall the end of one; a shock of the
    shop's category; videos and livestreams that brought at least half of the change in orders; a
    price change in the log; for a category, its yearly peak, a shop of it with an incident of the
    same series that is due to something, or windows planted at its shops that bring half of the
    change. A slow drift of a shop's quality is planted, too, but counts as nothing.
    """
    cause = pd.Series("", index=incidents.index)
    planted = pd.concat([_shocks(out), _changes(out)], ignore_index=True)
    _fill(cause, incidents, _overlapping(incidents, planted))
    _fill(cause, incidents, _of_category(incidents, out, tables))
    _fill(cause, incidents, _through_contents(incidents, tables))
    _fill(cause, incidents, _repriced(incidents, tables))
    _fill(cause, incidents, _season(incidents))
    _fill(cause, incidents, _through_shops(incidents, cause, tables))
    _fill(cause, incidents, _planted_at_shops(incidents, planted, tables))
    return cause


def _fill(cause: pd.Series, incidents: pd.DataFrame, due: pd.Series) -> None:
    """Write causes, by incident id, where none is known yet."""
    due = due[~due.index.duplicated()]
    told = incidents["incident_id"].map(due).astype(object).fillna("")
    cause[cause == ""] = told[cause == ""]


def _shocks(out: Path) -> pd.DataFrame:
    shocks = pd.read_parquet(out / "shocks.parquet")
    return shocks.assign(kind="shock: " + shocks["kind"])


def _changes(out: Path) -> pd.DataFrame:
    """Planted windows; what goes on to the end is a change at its start only."""
    changes = pd.read_parquet(out / "changes.parquet")
    begins = changes["lines"].isna()
    changes.loc[begins, "ended_at"] = changes.loc[begins, "started_at"] + timedelta(days=14)
    return changes


def _overlapping(incidents: pd.DataFrame, planted: pd.DataFrame) -> pd.Series:
    pairs = incidents.merge(planted, on=[ENTITY_TYPE, ENTITY_ID])
    is_prompt = pairs["series"].isin([*VOLUME, *PRICES])
    lag = pd.to_timedelta(is_prompt.map({True: NEAR.days, False: LAG.days}), unit="D")
    first = pairs["started_at"].where(pairs["direction"] == "up", pairs["ended_at"])
    is_window = pairs["lines"].notna()
    first = first.where(is_window, pairs["started_at"]).dt.floor("D") - NEAR
    hit = (pairs["seen_on"] >= first) & (pairs["seen_on"] <= pairs["ended_at"] + lag)
    return pairs[hit].set_index("incident_id")["kind"]


def _of_category(incidents: pd.DataFrame, out: Path, tables: Mapping[str, Path]) -> pd.Series:
    shocks = _shocks(out)
    shocks = shocks[shocks[ENTITY_TYPE] == "category"].rename(columns={ENTITY_ID: "category"})
    rows = incidents[incidents["series"].isin(VOLUME)].merge(_categories(tables), on=ENTITY_ID)
    pairs = rows.merge(shocks.drop(columns=ENTITY_TYPE), on="category")
    after = pairs["seen_on"] >= pairs["started_at"].dt.floor("D") - NEAR
    hit = pairs[after & (pairs["seen_on"] <= pairs["ended_at"] + NEAR)]
    return hit.set_index("incident_id")["kind"]


def _categories(tables: Mapping[str, Path]) -> pd.DataFrame:
    columns = ["merchant_id", "category"]
    return (
        pd.read_parquet(tables["products"], columns=columns)
        .drop_duplicates("merchant_id")
        .rename(columns={"merchant_id": ENTITY_ID})
    )


def _through_contents(incidents: pd.DataFrame, tables: Mapping[str, Path]) -> pd.Series:
    """Orders through contents make up half of the change: more in it, or fewer than before it."""
    rows = duckdb.execute(
        """
        WITH spans AS (
            SELECT *, coalesce(ended_on, TIMESTAMP '2999-01-01') + INTERVAL 1 DAY AS stop,
                   seen_on - INTERVAL 84 DAY AS since,
                   (coalesce(ended_on, found_on)::DATE - seen_on::DATE + 1) / 84.0 AS scale
            FROM incidents WHERE series IN ('orders', 'gmv')
        )
        SELECT i.incident_id, any_value(i.events - i.expected) AS more,
               any_value(i.series) AS series, any_value(scale) AS scale,
               count(DISTINCT o.order_id) FILTER (o.placed_at >= seen_on) AS orders,
               sum(o.price * o.quantity) FILTER (o.placed_at >= seen_on) AS gmv,
               count(DISTINCT o.order_id) FILTER (o.placed_at < seen_on) AS orders_before
        FROM spans i JOIN read_parquet($orders) o ON o.merchant_id = i.entity_id
         AND o.placed_at >= since AND o.placed_at < stop AND o.content_id IS NOT NULL
        GROUP BY i.incident_id
        """,
        {"orders": str(tables["orders"])},
    ).df()
    through = np.where(rows["series"] == "gmv", rows["gmv"].astype(float), rows["orders"])
    fewer = rows["orders_before"] * rows["scale"] - rows["orders"]
    is_more = (rows["more"] > 0) & (through >= 0.5 * rows["more"])
    hit = is_more | ((rows["more"] < 0) & (fewer >= -0.5 * rows["more"]))
    return pd.Series("videos and livestreams", index=rows.loc[hit, "incident_id"])


def _repriced(incidents: pd.DataFrame, tables: Mapping[str, Path]) -> pd.Series:
    rows = duckdb.execute(
        """
        SELECT DISTINCT i.incident_id
        FROM incidents i JOIN read_parquet($products) p
          ON p.merchant_id = i.entity_id OR p.category = i.entity_id
        JOIN read_parquet($events) e ON e.entity_id = p.product_id AND e.kind = 'price_changed'
         AND e.at BETWEEN i.seen_on - INTERVAL 14 DAY AND i.found_on + INTERVAL 1 DAY
        WHERE i.series IN ('price_rises', 'price_cuts')
        """,
        {"products": str(tables["products"]), "events": str(tables["events"])},
    ).df()
    return pd.Series("price change", index=rows["incident_id"])


def _season(incidents: pd.DataFrame) -> pd.Series:
    """A category within six weeks of its yearly peak: up before it, down after it."""
    catalogue = read_catalogue()
    peaks = dict(zip(catalogue.categories, catalogue.peaks, strict=True))
    rows = incidents[(incidents[ENTITY_TYPE] == "category") & incidents["series"].isin(VOLUME)]
    months = rows[ENTITY_ID].map(peaks)
    middle = (months - 1) * MONTH + 15
    off = (rows["seen_on"].dt.day_of_year - middle + 182.6) % 365.25 - 182.6
    hit = rows[np.abs(off.astype(float)) <= 45]
    return pd.Series("season", index=hit["incident_id"])


def _through_shops(
    incidents: pd.DataFrame, cause: pd.Series, tables: Mapping[str, Path]
) -> pd.Series:
    shops = incidents[cause != ""].merge(_categories(tables), on=ENTITY_ID)
    categories = incidents[incidents[ENTITY_TYPE] == "category"]
    pairs = categories.merge(
        shops, left_on=[ENTITY_ID, "series"], right_on=["category", "series"], suffixes=("", "_of")
    )
    near = (pairs["seen_on"] - pairs["seen_on_of"]).abs() <= timedelta(days=14)
    return pd.Series("one of its shops", index=pairs.loc[near, "incident_id"])


def _planted_at_shops(
    incidents: pd.DataFrame, planted: pd.DataFrame, tables: Mapping[str, Path]
) -> pd.Series:
    """Windows planted at the shops of a category that bring half of its change."""
    shops = planted.merge(_categories(tables), on=ENTITY_ID)
    pairs = incidents[incidents[ENTITY_TYPE] == "category"].merge(
        shops, left_on=ENTITY_ID, right_on="category", suffixes=("", "_of")
    )
    after = pairs["seen_on"] >= pairs["started_at"].dt.floor("D") - NEAR
    pairs = pairs[after & (pairs["seen_on"] <= pairs["ended_at"] + LAG)]
    rows = pairs.groupby("incident_id").agg(
        lines=("lines", "sum"), events=("events", "first"), expected=("expected", "first")
    )
    hit = rows[rows["lines"] >= 0.5 * (rows["events"] - rows["expected"]).abs()]
    return pd.Series("planted at its shops", index=hit.index)


def _months(tables: Mapping[str, Path], end: datetime) -> tuple[float, float]:
    """Months of merchants and categories since each exists; of merchants with ten orders."""
    placed = duckdb.execute(
        "SELECT merchant_id, count(*) AS n, min(placed_at) AS first FROM read_parquet($orders) "
        "GROUP BY 1",
        {"orders": str(tables["orders"])},
    ).df()
    start = placed["first"].min()
    opened = pd.read_parquet(tables["merchants"], columns=["merchant_id", "registered_at"])
    days = (pd.Timestamp(end) - opened["registered_at"].clip(lower=start)).dt.days
    days.index = pd.Index(opened["merchant_id"])
    sellers = placed.loc[placed["n"] >= 10, "merchant_id"]
    categories = len(read_catalogue().categories) * (pd.Timestamp(end) - start).days
    return (days.sum() + categories) / MONTH, (days[sellers].sum() + categories) / MONTH


def summarise(results: Sequence[Result]) -> dict[str, Any]:
    """Shocks of all seeds together, and the mean of the rest."""
    frame = pd.DataFrame([asdict(r) for r in results])
    weight = frame["shocks"] / frame["shocks"].sum()
    kinds = pd.DataFrame(
        [{"kind": kind, **row} for r in results for kind, row in r.by_kind.items()]
    ).groupby("kind")
    delays = pd.DataFrame([row for r in results for row in r.delays])
    orders = delays["orders_a_day"].map(_orders_a_day)
    return {
        "shocks": int(frame["shocks"].sum()),
        **{n: round(float((frame[n] * weight).sum()), 3) for n in ("found", "dated",
                                                                   "found_in_3_days")},
        "false_per_1000_entity_months": round(
            1000 * frame["false"].sum() / frame["months"].sum(), 2
        ),
        "worst_false_per_1000": float(frame["false_per_1000"].max()),
        "false_per_1000_months_of_sellers": round(float(frame["false_of_sellers"].mean()), 2),
        "by_kind": kinds.agg(
            {"planted": "sum", "found": "sum", "dated": "sum", "median_delay": "mean"}
        ).to_dict("index"),
        "delay_by_kind": delay_table(delays, delays["kind"]).to_dict("index"),
        "delay_by_orders": delay_table(delays, orders).to_dict("index"),
        "seconds": round(float(frame["seconds"].mean()), 1),
    }  # fmt: skip


def _orders_a_day(orders: float) -> str:
    return next((f"under {most}" for most in (1.5, 2.5, 4) if orders < most), "4 and more")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--merchants", type=int, default=3_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    results = [measure(seed, given.merchants) for seed in given.seeds]
    summary = summarise(results)
    rows = [asdict(r) for r in results]
    if given.json:
        print(
            json.dumps({"merchants": given.merchants, "summary": summary, "runs": rows}, indent=2)
        )
        return
    flat = pd.DataFrame(rows).drop(columns=["by_kind", "due_to", "delays"]).set_index("seed")
    print(flat.T.to_string())
    for name in ("by_kind", "delay_by_kind", "delay_by_orders"):
        print(pd.DataFrame(summary.pop(name)).T.to_string(float_format="{:.4g}".format))
    print("\n".join(f"{name:34} {value:>8}" for name, value in summary.items()))


if __name__ == "__main__":
    main()
