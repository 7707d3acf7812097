"""From files to a case page's content, through the workbench alone.

The pairs of builds also show that the same input and as-of give the same models and scores.
"""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.pipeline import Workbench, open_workbench
from analytics.settings import Settings
from sample_data.generator import generate
from tests.support.cut import cut_olist, cut_tables

TOLERANCE = 1e-6


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("market")
    generate(folder, merchants=60, seed=3)
    return folder / "tables"


def _built(
    home: Path, kind: str, files: Path, as_of: datetime | None = None, **more: int
) -> Workbench:
    settings = Settings(home=home, training_as_ofs=2, min_labels_per_class=10, threads=2, **more)
    workbench = open_workbench(settings)
    workbench.ingest(kind, files, [as_of] if as_of else [])
    workbench.build()
    return workbench


def _scores(workbench: Workbench) -> dict[str, pd.DataFrame]:
    live = workbench.live()
    snapshot = workbench.home.snapshot(live.snapshot_id)
    return {
        entity: pd.read_parquet(snapshot.scores_dir(version) / "scores.parquet")
        for entity, version in live.models.items()
    }


def _assert_equal_scores(one: Workbench, other: Workbench) -> None:
    ours, theirs = _scores(one), _scores(other)
    assert ours.keys() == theirs.keys()
    for entity, frame in ours.items():
        assert frame["entity_id"].tolist() == theirs[entity]["entity_id"].tolist()
        numbers = frame.select_dtypes("number").columns
        np.testing.assert_allclose(
            frame[numbers].to_numpy(dtype=float),
            theirs[entity][numbers].to_numpy(dtype=float),
            atol=TOLERANCE,
            rtol=TOLERANCE,
        )
        texts = ["category", "quality_status", "violation_source", "top_policy", "top_family"]
        pd.testing.assert_frame_equal(frame[texts], theirs[entity][texts])


@pytest.mark.slow
def test_full_sample_files_as_of_a_moment_score_like_files_cut_there(
    market: Path, tmp_path: Path
) -> None:
    as_of = pd.read_parquet(market / "orders.parquet")["placed_at"].max().to_pydatetime()
    as_of = (as_of - timedelta(days=75)).replace(microsecond=0)
    cut_tables(market, tmp_path / "cut", as_of)

    full = _built(tmp_path / "full-home", "tables", market, as_of, training_step_days=90)
    cut = _built(tmp_path / "cut-home", "tables", tmp_path / "cut", as_of, training_step_days=90)

    _assert_equal_scores(full, cut)
    assert full.live().models == cut.live().models  # two trainings, byte for byte the same


@pytest.mark.olist
@pytest.mark.slow
def test_full_olist_files_as_of_a_moment_score_like_files_cut_there(
    olist_dir: Path, tmp_path: Path
) -> None:
    as_of = datetime(2018, 6, 1)
    cut_olist(olist_dir, tmp_path / "cut", as_of)

    full = _built(tmp_path / "full-home", "olist", olist_dir, as_of)
    cut = _built(tmp_path / "cut-home", "olist", tmp_path / "cut", as_of)

    _assert_equal_scores(full, cut)
    sizes = {entity: len(frame) for entity, frame in _scores(full).items()}
    assert sizes == {"merchant": 2559, "product": 26895}


@pytest.fixture
def minimal(tmp_path: Path) -> Path:
    """Merchants with two columns of the team's own and decisions that follow one of them."""
    folder = tmp_path / "minimal"
    folder.mkdir()
    generator = np.random.default_rng(5)
    ids = [f"m{i:03d}" for i in range(300)]
    risky = generator.random(300) < 0.4
    registered = datetime(2025, 1, 1)
    pd.DataFrame({"merchant_id": ids, "registered_at": registered}).to_csv(
        folder / "merchants.csv", index=False
    )
    pd.DataFrame(
        {
            "entity_type": "merchant",
            "entity_id": ids,
            "known_at": datetime(2025, 2, 1),
            "chargebacks": np.where(risky, 8, 1) + generator.poisson(1, 300),
            "plan": generator.choice(["free", "paid"], 300),
        }
    ).to_csv(folder / "extra_features.csv", index=False)
    decided = generator.permutation(300)[:200]
    pd.DataFrame(
        {
            "entity_type": "merchant",
            "entity_id": [ids[i] for i in decided],
            "policy": ["M3" if risky[i] else "" for i in decided],
            "outcome": ["violation" if risky[i] else "no_violation" for i in decided],
            "decided_at": [datetime(2025, 3, 1) + timedelta(days=int(i) % 60) for i in decided],
        }
    ).to_csv(folder / "past_decisions.csv", index=False)
    return folder


@pytest.mark.slow
def test_merchants_own_features_and_past_decisions_are_enough(
    minimal: Path, tmp_path: Path
) -> None:
    workbench = _built(tmp_path / "home", "tables", minimal)
    scores = _scores(workbench)["merchant"].set_index("entity_id")
    extra = pd.read_csv(minimal / "extra_features.csv").set_index("entity_id")
    risky = extra["chargebacks"].reindex(scores.index) >= 6

    assert set(scores["violation_source"]) == {"model"}
    assert set(scores["harm_unit"]) == {"severity"}
    assert set(scores["quality_status"]) == {"unavailable"}
    assert scores["gmv_at_risk"].isna().all()
    lowest_risky = scores.loc[risky, "violation_probability"].median()
    assert lowest_risky > scores.loc[~risky, "violation_probability"].quantile(0.95)

    worst = scores["rank"].idxmin()
    case = workbench.explain("merchant", worst)
    assert any("chargebacks" in str(reason).lower() for reason in case.to_dict()["reasons"])
    out = tmp_path / "scores.csv"
    assert workbench.export_scores("merchant", out) == 300
    assert pd.read_csv(out).shape[0] == 300
