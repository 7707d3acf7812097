"""What content finds of the harm planted in the sample marketplace, against its truth.

Run by `python -m benchmarks.content --merchants N`.
"""

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score

from analytics.columns import ENTITY_ID, ENTITY_TYPE, ENTITY_TYPES, EntityType
from analytics.engines import open_engine
from analytics.features.as_of import AsOf
from analytics.settings import load_settings
from analytics.signals.content.documents import scores_now
from analytics.signals.content.family import ContentFamily
from analytics.signals.content.specs import TEXT_POLICIES
from analytics.snapshots.home import Home
from analytics.snapshots.ingest import ingest
from analytics.snapshots.sources.tables import open_tables
from sample_data.generator import generate
from sample_data.reviewer import SimulatedReviewer

DECIDED = 0.3  # of all entities, drawn at random: what the models of words learn from
FEATURES = (
    ("returned shops (M8), by copies of one shop", "merchant", "copied_from_one", "M8"),
    ("diverting shops (M7), by listings in disguise", "merchant", "disguised_listing_share", "M7"),
    ("looped lives (C3), by transcripts repeated", "creator", "repeated_transcript_share", "C3"),
    ("linked creators (C9), by transcripts copied", "creator", "copied_transcript_share", "C9"),
    (
        "redirecting creators (C4), by contents in disguise",
        "creator",
        "disguised_content_share",
        "C4",
    ),
)


def planted(merchants: int, seed: int = 0) -> dict[str, dict[str, Any]]:
    """Return how features and models of words rank what was planted."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "sample"
        generate(out, merchants=merchants, seed=seed)
        truth = pd.read_parquet(out / "truth.parquet")
        decided = _decide(out, truth, seed)
        settings = load_settings(home=Path(scratch) / "home")
        source = open_tables(out / "tables")
        (snapshot,) = ingest(source, Home(settings.home), settings=settings).snapshots
        engine = open_engine(settings=settings)
        with AsOf(engine, snapshot.dataset, snapshot.as_of) as view:
            frames: dict[str, pd.DataFrame] = {
                entity: ContentFamily().features(view, entity) for entity in ENTITY_TYPES
            }
            found = {
                name: _ranked(frames[entity][feature], _harmful(truth, entity, policy))
                for name, entity, feature, policy in FEATURES
            }
            for entity in ENTITY_TYPES:
                scored = scores_now(view, entity)
                if scored is not None and scored.models is not None:
                    found |= _by_words(scored.scores, entity, truth, decided)
        engine.close()
        return found


def _decide(out: Path, truth: pd.DataFrame, seed: int) -> set[tuple[str, str]]:
    """Let a simulated reviewer decide a random part; replace the sample's decisions by these."""
    look_alikes = pd.read_parquet(out / "lookalikes.parquet")
    path = out / "tables" / "past_decisions.parquet"
    before = pd.read_parquet(path)
    at = before["decided_at"].max() - timedelta(days=1)
    rng = np.random.default_rng(seed)
    names = {
        entity: pd.read_parquet(out / "tables" / f"{entity}s.parquet")[f"{entity}_id"]
        for entity in ENTITY_TYPES
    }
    population: dict[str, int] = {entity: len(ids) for entity, ids in names.items()}
    reviewer = SimulatedReviewer(truth, look_alikes, seed, population=population)
    rows = [
        (entity, name, verdict.policy, verdict.outcome, at)
        for entity, ids in names.items()
        for name in ids[rng.random(len(ids)) < DECIDED]
        for verdict in [reviewer.decide(entity, name, at)]
    ]
    made = pd.DataFrame(rows, columns=before.columns).astype(before.dtypes)
    made.to_parquet(path, index=False)
    return set(zip(made[ENTITY_TYPE], made[ENTITY_ID], strict=True))


def _harmful(truth: pd.DataFrame, entity: str, policy: str) -> set[str]:
    """Return who violates a policy; of linked shops (M8) those that came back after a ban."""
    known = truth[truth[ENTITY_TYPE] == entity]
    harmful = known[known["policy"] == policy]
    if policy == "M8":
        banned = known.loc[known["policy"] == "M3", "group"]
        harmful = harmful[harmful["group"].isin(banned)]
    return set(harmful[ENTITY_ID])


def _by_words(
    scores: pd.DataFrame, entity: EntityType, truth: pd.DataFrame, decided: set[tuple[str, str]]
) -> dict[str, dict[str, Any]]:
    """How the undecided rank by each model of words."""
    unseen = scores[[(entity, name) not in decided for name in scores.index]]
    return {
        f"words of {policy}, on the undecided": _ranked(
            unseen[policy], _harmful(truth, entity, policy)
        )
        for policy in TEXT_POLICIES[entity]
        if policy in unseen
    }


def _ranked(scores: pd.Series, harmful: set[str]) -> dict[str, Any]:
    known = scores.dropna()
    is_harmful = known.index.isin(list(harmful))
    k = int(is_harmful.sum())
    top = np.argsort(-known.to_numpy(), kind="stable")[:k]
    return {
        "entities": len(known),
        "planted": k,
        "prevalence": float(is_harmful.mean()),
        "precision at planted": float(is_harmful[top].mean()) if k else float("nan"),
        "average precision": float(average_precision_score(is_harmful, known)) if k else 0.0,
    }
