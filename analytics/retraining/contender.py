"""One of the two models that a comparison holds side by side."""

from dataclasses import dataclass

from analytics.model.bundle import EntityModel
from analytics.model.training_set import TrainingSet
from analytics.retraining.moves import Scored


@dataclass(frozen=True)
class Contender:
    """A model, what it was trained on, and what it says of all entities."""

    model: EntityModel
    trained_on: TrainingSet | None
    scored: Scored
