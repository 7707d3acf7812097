"""How many planted shocks are found on the sample marketplace, and how many false alarms there are.

`python -m benchmarks.incidents [--seeds 0 1 2] [--merchants N] [--json]` generates each sample,
looks for incidents as of its end with nothing but the tables, and compares with the shocks and the
truth, which are read here only.

A shock is found when an incident of its measure on its entity starts within three days of it. An
incident that is no shock is *another planted change* where the entity follows a scheme, is a
look-alike whose business really changes (a seasonal burst, a promotion, a new shop, a review
campaign, a viral creator), was suspended, or, for a category, where such an entity makes it. What is
left is false.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from analytics.signals.incidents import Incidents, find_incidents
from sample_data.generator import generate

DAYS = 3
MEASURE = {
    "order_burst": ("orders", "gmv"),
    "order_stop": ("all_orders",),
    "late_dispatch": ("late_rate",),
    "refund_wave": ("refund_rate",),
    "rating_slump": ("low_rating_rate",),
    "price_jump": ("price_rise_rate",),
}
CHANGING = (
    "seasonal_burst", "generous_promotion", "new_shop", "review_campaign", "viral", "price_test"
)  # fmt: skip


@dataclass(frozen=True)
class Found:
    """What was found in one sample.

    Attributes:
        shocks: Planted; found: of these, with a start within three days.
        overlapping: With any overlap in time.
        incidents: All that were told; of these other_planted are real changes that are no shocks.
        false: Those that nothing planted explains.
        entity_months: Months of merchants, creators and categories that were looked at.
        false_per_1000: False incidents per 1,000 entity-months.
        explained: Share of the shocks found whose event stands in `before`, of those that have one.
    """

    seed: int
    shocks: int
    found: int
    found_share: float
    overlapping: int
    by_kind: dict[str, str]
    incidents: int
    other_planted: int
    false: int
    entity_months: float
    false_per_1000: float
    explained: float
    seconds: float


CAUSES = {
    "order_stop": "stock_out",
    "late_dispatch": "warehouse_moved",
    "rating_slump": "supplier_changed",
    "refund_wave": "supplier_changed",
    "order_burst": "campaign_joined",
}


def measure(seed: int, merchants: int) -> Found:
    """Generate one sample, look for incidents and compare them with what was planted."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "sample"
        generate(out, merchants=merchants, seed=seed)
        end = datetime.fromisoformat(json.loads((out / "sample.json").read_text())["end"])
        tables = {path.stem: path for path in (out / "tables").glob("*.parquet")}
        started = time.perf_counter()
        incidents = find_incidents(tables, end)
        seconds = time.perf_counter() - started
        return Found(seed=seed, seconds=round(seconds, 1), **compare(incidents, out)[0])


def compare(
    incidents: Incidents, out: Path
) -> tuple[dict[str, Any], pd.DataFrame, pd.DataFrame]:
    """Return the counts, the incidents with why they are there, and the shocks with their match."""
    shocks = _match(pd.read_parquet(out / "shocks.parquet"), incidents.found)
    told = incidents.found.assign(why="false")
    told.loc[_is_other(told, out), "why"] = "other planted"
    told.loc[_is_of_shock(told, shocks), "why"] = "shock"
    false = int((told["why"] == "false").sum())
    months = incidents.monitored.groupby("entity_type")["entity_months"].max().sum()
    kinds = shocks.groupby("kind")["is_found"].agg(["sum", "size"])
    counts = {
        "shocks": len(shocks),
        "found": int(shocks["is_found"].sum()),
        "found_share": round(float(shocks["is_found"].mean()), 3),
        "overlapping": int(shocks["overlaps"].sum()),
        "by_kind": {str(kind): f"{row['sum']}/{row['size']}" for kind, row in kinds.iterrows()},
        "incidents": len(told),
        "other_planted": int((told["why"] == "other planted").sum()),
        "false": false,
        "entity_months": round(float(months), 1),
        "false_per_1000": round(1000 * false / float(months), 3),
        "explained": _explained(shocks),
    }
    return counts, told, shocks


def _match(shocks: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """For each shock the incident of its measure that starts nearest."""
    rows = []
    for shock in shocks.itertuples(index=False):
        own = found[
            (found["entity_type"] == shock.entity_type)
            & (found["entity_id"] == shock.entity_id)
            & found["measure"].isin(MEASURE[str(shock.kind)])
        ]
        own = own[(own["start"] < shock.ended_at) & (own["stop"] > shock.started_at)]
        offset = (own["start"] - shock.started_at).dt.days
        nearest = offset.abs().idxmin() if len(own) else None
        rows.append(
            shock._asdict()
            | {
                "overlaps": len(own) > 0,
                "offset": None if nearest is None else int(offset[nearest]),
                "before": [] if nearest is None else found.loc[nearest, "before"],
            }
        )
    matched = pd.DataFrame(rows)
    return matched.assign(is_found=(matched["offset"].abs() <= DAYS).fillna(False).astype(bool))


def _is_of_shock(told: pd.DataFrame, shocks: pd.DataFrame) -> pd.Series:
    """Whether an incident lies in a shock of its entity, whatever its measure."""
    hit = pd.Series(False, index=told.index)
    for shock in shocks.itertuples(index=False):
        own = (told["entity_type"] == shock.entity_type) & (told["entity_id"] == shock.entity_id)
        hit |= own & (told["start"] < shock.ended_at) & (told["stop"] > shock.started_at)
    return hit


def _is_other(told: pd.DataFrame, out: Path) -> pd.Series:
    truth = pd.read_parquet(out / "truth.parquet")
    looks = pd.read_parquet(out / "lookalikes.parquet")
    products = pd.read_parquet(out / "tables" / "products.parquet")
    events = pd.read_parquet(out / "tables" / "events.parquet")
    changing = set(truth["entity_id"]) | set(looks["entity_id"][looks["kind"].isin(CHANGING)])
    changing |= set(events["entity_id"][events["kind"] == "suspended"])
    owners = products.loc[products["product_id"].isin(changing), ["merchant_id", "product_id"]]
    # A product's scheme moves its shop's prices and refunds where the product leads the shop.
    sizes = products.groupby("merchant_id").size()
    share = owners.groupby("merchant_id").size() / sizes
    changing |= set(share[share >= 0.2].index)
    return told["entity_id"].isin(changing)


def _explained(shocks: pd.DataFrame) -> float:
    rows = shocks[shocks["is_found"] & (shocks["entity_type"] == "merchant")]
    rows = rows[rows["kind"].isin(CAUSES)]
    hit = [
        CAUSES[kind] in {event["kind"] for event in before}
        for kind, before in zip(rows["kind"], rows["before"], strict=True)
    ]
    return round(sum(hit) / max(len(hit), 1), 3)


def summarise(found: Sequence[Found]) -> dict[str, float]:
    """Over all seeds together, and the worst."""
    frame = pd.DataFrame([asdict(row) for row in found])
    months = float(frame["entity_months"].sum())
    return {
        "found_share": round(float(frame["found"].sum() / frame["shocks"].sum()), 3),
        "lowest_found_share": float(frame["found_share"].min()),
        "overlapping_share": round(float(frame["overlapping"].sum() / frame["shocks"].sum()), 3),
        "false_per_1000": round(1000 * float(frame["false"].sum()) / months, 3),
        "highest_false_per_1000": float(frame["false_per_1000"].max()),
        "explained": round(float(frame["explained"].mean()), 3),
        "seconds": round(float(frame["seconds"].mean()), 1),
    }


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--merchants", type=int, default=3_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = [measure(seed, given.merchants) for seed in given.seeds]
    rows, result = [asdict(row) for row in found], summarise(found)
    if given.json:
        print(json.dumps({"merchants": given.merchants, "summary": result, "runs": rows}, indent=2))
    else:
        print(pd.json_normalize(rows).set_index("seed").T.to_string())
        print("\n".join(f"{name:24} {value:>10}" for name, value in result.items()))


if __name__ == "__main__":
    main()
