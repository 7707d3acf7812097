"""Advice for one entity of a snapshot, from the real model and the stored features."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits

from analytics import formats
from analytics.columns import (
    CONTEXT_COLUMNS,
    ENTITY_ID,
    EXPECTED_HARM,
    GMV_30D,
    GMV_OPEN,
    VOLUME,
    EntityType,
)
from analytics.errors import NotFoundError
from analytics.explain.counterfactual import Advice, Problem, what_would_help
from analytics.explain.explainers import explain_rows
from analytics.model.bundle import EntityModel, load_model
from analytics.model.harm import expected_harm, policies_of

if TYPE_CHECKING:
    from analytics.explain.sources import CaseSources

_PEERS = """
SELECT * FROM read_parquet($path) WHERE peer_group = (
    SELECT peer_group FROM read_parquet($path) WHERE entity_id = $id)
ORDER BY entity_id
"""


def advise_entity(sources: "CaseSources", entity: EntityType, entity_id: str) -> Advice:
    """Say what would bring one entity below the queue's threshold.

    Raises:
        NotFoundError: It has no features in the snapshot, or its model is gone.
    """
    reader = sources.warehouse.reader
    snapshot = reader.snapshot(sources.snapshot_id)
    version = sources.model_of(entity)
    meta = reader.meta(sources.snapshot_id, version)
    path = snapshot.features_path(entity, meta["feature_version"])
    peers = reader.query(_PEERS, path=str(path), id=entity_id).set_index(ENTITY_ID)
    if entity_id not in peers.index:
        raise NotFoundError(f"There is no {entity} {entity_id!r} in {sources.snapshot_id}.")
    model = _model(snapshot.home.models_dir / version)
    specs = sources.declarations(entity).specs
    scorer = _Scorer(sources, model, peers.loc[[entity_id]])
    threshold = (meta.get("thresholds") or {}).get("queue_harm")
    problem = Problem(
        row=peers.loc[[entity_id], model.feature_names],
        specs=[specs[name] for name in specs if name in model.feature_names],
        peers=peers,
        risk=scorer.risk,
        threshold=float("inf") if threshold is None else float(threshold),
        print_risk=scorer.print,
        currency=sources.currency,
    )
    # A few hundred rows: threads that wait for each other at every tree cost more than they save.
    with threadpool_limits(1, "openmp"):
        return what_would_help(problem)


@lru_cache(maxsize=6)
def _model(folder: Path) -> EntityModel:
    """Read a model once: what is published under a version never changes."""
    return load_model(folder)


class _Scorer:
    """Scores altered rows of one entity exactly as the build scored it."""

    def __init__(self, sources: "CaseSources", model: EntityModel, row: pd.DataFrame) -> None:
        self.sources = sources
        self.model = model
        self.context = row[list(CONTEXT_COLUMNS)]

    def risk(self, X: pd.DataFrame) -> npt.NDArray[np.float64]:
        """Return the expected harm of each row."""
        harm: npt.NDArray[np.float64] = self.scores(X)[EXPECTED_HARM].to_numpy(dtype=float)
        return harm

    def scores(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return everything that the build computes of each row."""
        context = pd.concat([self.context] * len(X)).set_axis(X.index)
        raised = X.iloc[:, :0]
        if self.model.violation is not None:
            raised = explain_rows(self.model.violation, X).phi
        entity, taxonomy = self.model.entity, self.sources.taxonomy
        specs = list(self.sources.declarations(entity).specs.values())
        return expected_harm(
            self.model.score(X, context[VOLUME]),
            context,
            policies_of(self.model, raised, X, specs, taxonomy),
            taxonomy,
            horizon_days=self.sources.settings.quality_horizon_days,
        )

    def print(self, harm: float) -> str:
        """Print an amount of harm in its unit."""
        if self.context[[GMV_30D, GMV_OPEN]].isna().all(axis=None):
            return formats.number(harm)
        return formats.money(harm, self.sources.currency)
