"""A marketplace whose entities are labelled round by round, as a queue policy asks for them."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from analytics.columns import (
    CONTEXT_COLUMNS,
    ENTITY_ID,
    ENTITY_TABLE,
    ENTITY_TYPE,
    ENTITY_TYPES,
    VOLUME,
    EntityType,
)
from analytics.engines import open_engine
from analytics.explain.explainers import explain_part
from analytics.features.groups import entity_groups
from analytics.features.spec import FeatureSpec
from analytics.model.bundle import EntityModel
from analytics.model.harm import expected_harm, policy_split
from analytics.model.history import History
from analytics.model.labelled import groups_of
from analytics.model.metrics import average_precision
from analytics.model.prior import ViolationPrior
from analytics.model.training import train_from
from analytics.model.violation import ViolationModel, train_violation
from analytics.pipeline import open_workbench
from analytics.policies import Taxonomy, load_taxonomy
from analytics.progress import NullProgress
from analytics.review.eligible import ranked
from analytics.selection.pool import Pool
from analytics.settings import Settings, load_settings
from sample_data.generator import generate
from sample_data.groups import truth_groups
from sample_data.plan import uniform
from sample_data.reviewer import SimulatedReviewer

Violation = ViolationModel | ViolationPrior
HELD_OUT = 0.5


@dataclass(frozen=True)
class LabelMarket:
    """One entity type of a generated marketplace, with its features and without a label.

    Attributes:
        context: What stands beside the features.
        X: Features of all entities.
        model: The quality part and the violation prior.
        groups: Which entities belong together, as far as the model may know.
        answers: What the simulated reviewer says (1 or 0) of those that may be labelled.
        guilty: Whether the others violate a policy: the truth that average precision is taken by.
    """

    seed: int
    settings: Settings
    taxonomy: Taxonomy
    specs: list[FeatureSpec]
    context: pd.DataFrame
    X: pd.DataFrame
    model: EntityModel
    groups: pd.Series
    answers: pd.Series
    guilty: pd.Series

    @property
    def prior(self) -> ViolationPrior:
        """The model before any label."""
        assert isinstance(self.model.violation, ViolationPrior)
        return self.model.violation

    def trained(self, labelled: pd.Index) -> Violation:
        """Return the model that these labels give: the prior while they are too few."""
        found = train_violation(
            self.X.loc[labelled],
            self.answers[labelled],
            groups=self.groups[labelled],
            prior=self.prior,
            least_per_class=self.settings.min_labels_per_class,
            monotone={spec.name: spec.monotone for spec in self.specs},
            seed=self.settings.seed,
        )
        return self.prior if found is None else found

    def measured(self, violation: Violation) -> float:
        """Return the average precision on the entities that are never labelled."""
        raw = violation.raw(self.X.loc[self.guilty.index])
        return average_precision(self.guilty.to_numpy(dtype=float), raw)

    def pool(self, violation: Violation, labelled: pd.Index, size: int) -> Pool:
        """Return what a queue policy sees after these labels."""
        X = self.X.loc[self.answers.index]
        phi = explain_part(violation, X).phi
        scores = replace(self.model, violation=violation).score(X, self.context[VOLUME])
        split = policy_split(phi, self.specs, self.taxonomy, self.model.entity)
        days = self.settings.quality_horizon_days
        harmed = expected_harm(
            scores, self.context.loc[X.index], split, self.taxonomy, horizon_days=days
        )
        known = ranked(harmed)
        return Pool(known[~known.index.isin(labelled)], size, labelled, lambda: phi)


def make_label_market(folder: Path, seed: int, merchants: int, entity: EntityType) -> LabelMarket:
    """Generate and ingest a marketplace, and compute features, quality and prior of one type."""
    out = folder / "sample"
    generate(out, merchants=merchants, seed=seed, with_decisions=False)
    settings = load_settings(home=folder / "home", reviewer="simulated")
    workbench = open_workbench(settings)
    snapshot = workbench.ingest("tables", out / "tables").snapshots[-1]
    engine = open_engine(settings=settings)
    try:
        history = History(engine, snapshot.dataset, entity, settings)
        model = train_from(history, snapshot.as_of, NullProgress())
        frame = history.frame(snapshot.as_of)
        groups = entity_groups(engine, snapshot.dataset, entity, snapshot.as_of)
    finally:
        engine.close()
        workbench.close()
    answers, guilty = answers_of(out, entity, frame.index, seed, snapshot.as_of)
    return LabelMarket(
        seed,
        settings,
        load_taxonomy(settings.policies_file),
        history.specs,
        frame[list(CONTEXT_COLUMNS)],
        frame.drop(columns=list(CONTEXT_COLUMNS)),
        model,
        groups_of(frame.index, groups),
        answers,
        guilty,
    )


def answers_of(
    out: Path, entity: EntityType, ids: pd.Index, seed: int, as_of: datetime
) -> tuple[pd.Series, pd.Series]:
    """Return what the reviewer says of one half of the truth groups, and the truth of the other.

    Args:
        out: Folder of the generated marketplace.
        entity: Entity type.
        ids: Entities of it that are known.
        seed: Of the marketplace: deals the halves, and lets the reviewer err.
        as_of: Until when the reviewer looks.
    """
    truth, look_alikes = (
        pd.read_parquet(out / f"{name}.parquet") for name in ("truth", "lookalikes")
    )
    products = pd.read_parquet(
        out / "tables" / "products.parquet", columns=["product_id", "merchant_id"]
    )
    entities = pd.DataFrame({ENTITY_TYPE: entity, ENTITY_ID: ids}, index=ids)
    groups = truth_groups(truth, look_alikes, entities, products)
    is_out = uniform(pd.util.hash_array(groups.to_numpy(dtype=object)), seed) < HELD_OUT
    reviewer = SimulatedReviewer(truth, look_alikes, seed, population=_population(out))
    said = {i: reviewer.decide(entity, str(i), as_of).outcome for i in ids[~is_out]}
    guilty = set(truth.loc[truth[ENTITY_TYPE] == entity, ENTITY_ID])
    answers = (pd.Series(said) == "violation").astype(float)
    return answers.rename_axis(ENTITY_ID), pd.Series(ids[is_out].isin(guilty), index=ids[is_out])


def _population(out: Path) -> dict[str, int]:
    """Return how many entities there are of each type."""
    return {
        entity: pq.read_metadata(out / "tables" / f"{ENTITY_TABLE[entity]}.parquet").num_rows
        for entity in ENTITY_TYPES
    }
