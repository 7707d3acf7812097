"""How well rings are found on the sample marketplace, against what was planted.

`python -m benchmarks.communities [--seeds 0 1 2] [--merchants N] [--json]` generates each sample,
reads the entity graph as of its end, finds and ranks the rings with nothing but the tables (the
past decisions among them, no model), and compares with the truth, which is read here only.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_mutual_info_score

from analytics.columns import ENTITY_ID, ENTITY_TYPE
from analytics.signals.communities.edges import read_graph
from analytics.signals.communities.finder import RingFinder
from analytics.signals.communities.names import name_rings
from analytics.signals.communities.profile import profile_rings
from sample_data.generator import generate

TOP = 20
KEY = [ENTITY_TYPE, ENTITY_ID]
DUE_TO_SCHEME = {"M8": "rings and returns", "M3": "rings and returns", "M4": "brushing",
                 "C9": "linked creators"}  # fmt: skip


@dataclass(frozen=True)
class Found:
    """What was found in one sample.

    Attributes:
        planted: Planted rings of two or more.
        members: Merchants and creators in them.
        unlinked: Of these, how many stand in no ring that was found.
        mutual_information: Adjusted mutual information of truth and found among the members; who
            stands in no ring counts as alone.
        purity: Share of planted members in the rings that hold any, buyers left out.
        top_planted: Of the first 20 rings by score, how many are mostly planted members.
        top_warehouses: How many are mostly shared-warehouse look-alikes.
        top_warehouse_members: Shared-warehouse look-alikes anywhere in the first 20.
        top_families: How many are mostly family businesses; top_agencies: agencies.
        kept_names: Of the rings 30 days before with a successor, the share whose name it has.
    """

    seed: int
    planted: int
    members: int
    unlinked: int
    mutual_information: float
    by_scheme: dict[str, float]
    purity: float
    rings: int
    top_planted: int
    top_warehouses: int
    top_warehouse_members: int
    top_families: int
    top_agencies: int
    kept_names: float
    common_values: int
    seconds: float


def measure(seed: int, merchants: int) -> Found:
    """Generate one sample, find its rings and compare them with its truth."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "sample"
        generate(out, merchants=merchants, seed=seed)
        end = datetime.fromisoformat(json.loads((out / "sample.json").read_text())["end"])
        tables = {path.stem: path for path in (out / "tables").glob("*.parquet")}
        started = time.perf_counter()
        graph = read_graph(tables, end)
        finder = RingFinder().fit(graph.edges)
        decisions = pd.read_parquet(tables["past_decisions"])
        profile = profile_rings(finder.members_, finder.edges_, end, decisions=decisions)
        seconds = time.perf_counter() - started
        return Found(
            seed=seed,
            **compare(finder.members_, pd.read_parquet(out / "truth.parquet")),
            **look_at_top(finder.members_, profile, out),
            kept_names=round(_kept_names(tables, end, finder.members_), 3),
            common_values=len(graph.common),
            seconds=round(seconds, 1),
        )


def compare(members: pd.DataFrame, truth: pd.DataFrame) -> dict[str, Any]:
    """Recovery of the planted groups of two or more merchants or creators."""
    truth = planted_groups(truth)
    found = truth.merge(members, how="left", on=KEY)
    alone = found["ring"].isna()
    found["label"] = np.where(alone, -1 - np.arange(len(found)), found["ring"].fillna(0))
    scheme = found["policy"].map(DUE_TO_SCHEME)
    sellers = members[members[ENTITY_TYPE] != "buyer"]
    touched = sellers[sellers["ring"].isin(found["ring"])]
    return {
        "planted": int(truth["group"].nunique()),
        "members": len(truth),
        "unlinked": int(alone.sum()),
        "mutual_information": _mutual_information(found),
        "by_scheme": {str(name): _mutual_information(rows) for name, rows in found.groupby(scheme)},
        "purity": round(float((~alone).sum() / max(len(touched), 1)), 4),
    }


def planted_groups(truth: pd.DataFrame) -> pd.DataFrame:
    """Members of the groups that more than one merchant or creator belongs to."""
    truth = truth[truth[ENTITY_TYPE] != "product"]
    return truth[truth.groupby("group")[ENTITY_ID].transform("size") > 1]


def _mutual_information(found: pd.DataFrame) -> float:
    return round(float(adjusted_mutual_info_score(found["group"], found["label"])), 4)


def look_at_top(members: pd.DataFrame, profile: pd.DataFrame, out: Path) -> dict[str, Any]:
    """What the first 20 rings by score mostly are."""
    truth = planted_groups(pd.read_parquet(out / "truth.parquet")).assign(what="planted")
    looks = pd.read_parquet(out / "lookalikes.parquet").rename(columns={"kind": "what"})
    known = pd.concat([truth, looks])[[*KEY, "what"]].drop_duplicates(KEY)
    sellers = members[members[ENTITY_TYPE] != "buyer"].merge(known, how="left", on=KEY)
    top = sellers[sellers["ring"].isin(profile["ring"].head(TOP))]
    share = pd.crosstab(top["ring"], top["what"].fillna("other"), normalize="index")
    mostly = (share > 0.5).sum()
    return {
        "rings": len(profile),
        "top_planted": int(mostly.get("planted", 0)),
        "top_warehouses": int(mostly.get("shared_warehouse", 0)),
        "top_warehouse_members": int((top["what"] == "shared_warehouse").sum()),
        "top_families": int(mostly.get("family_business", 0)),
        "top_agencies": int(mostly.get("agency", 0)),
    }


def _kept_names(tables: dict[str, Path], end: datetime, members: pd.DataFrame) -> float:
    before = end - timedelta(days=30)
    earlier = RingFinder().fit(read_graph(tables, before).edges).members_
    named = earlier.merge(name_rings(earlier)[["ring", "name"]], on="ring")
    named = named.drop(columns="ring").rename(columns={"name": "ring"})
    names = name_rings(members, named)
    both = members.merge(named, on=KEY, suffixes=("", "_before"))
    succeeded = both.loc[both[ENTITY_TYPE] != "buyer", "ring_before"].nunique()
    return float(names["previous"].notna().sum() / max(succeeded, 1))


def summarise(found: Sequence[Found]) -> dict[str, float]:
    """Means over the seeds, and the worst."""
    frame = pd.DataFrame([asdict(row) for row in found]).drop(columns=["seed", "by_scheme"])
    return {
        "lowest_mutual_information": float(frame["mutual_information"].min()),
        "most_warehouses_in_top_20": int(frame["top_warehouses"].max()),
        **{f"mean_{name}": round(float(frame[name].mean()), 4) for name in frame},
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
        print("\n".join(f"{name:32} {value:>10}" for name, value in result.items()))


if __name__ == "__main__":
    main()
