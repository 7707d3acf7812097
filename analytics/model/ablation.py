"""What families of signals add to a prediction: without any, with each alone, with all."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from analytics.columns import EntityType, Target
from analytics.engines import Engine
from analytics.errors import InputError
from analytics.features.groups import entity_groups
from analytics.features.labels import past_labels
from analytics.model.backtest import dates_of, quality_trial, violation_trial
from analytics.model.history import History
from analytics.model.report import MODEL, EvaluationReport, Trial, make_report
from analytics.progress import NullProgress, Progress
from analytics.settings import Settings
from analytics.signals.catalog import ALL, AUTO, NONE
from analytics.snapshots.home import Dataset

Predict = Callable[[History, datetime], Trial | None]


def compare_families(
    engine: Engine,
    dataset: Dataset,
    entity: EntityType,
    target: Target,
    settings: Settings,
    *,
    as_ofs: Sequence[datetime] | None = None,
    strangers: bool = False,
    progress: Progress | None = None,
) -> EvaluationReport:
    """Backtest a prediction once per set of families, on the same rows.

    Args:
        engine: Query engine.
        dataset: Data.
        entity: Entity type.
        target: "quality" or "violation".
        settings: Windows, thresholds, seed; which families is looked at here.
        as_ofs: Dates to predict at.
        strangers: Whether violation is judged on entities alone that share nothing with those
            trained on.
        progress: Told which date is being worked on.

    Returns:
        A report whose `model` takes no family. Each other prediction takes one (by its name), all,
        or those that training chooses (`auto`); a difference is what `model` lacks against it.

    Raises:
        InputError: There is nothing to compare, or no date has enough outcomes or decisions.
    """
    everything = settings.model_copy(update={"signal_families": ALL})
    history = History(engine, dataset, entity, everything)
    names = list(history.families)
    if not names:
        raise InputError(f"No family of signals has a feature of {entity}s in these data.")
    variants = {name: history.with_signals(name) for name in (NONE, *names, ALL, AUTO)}
    dates, predict = _protocol(history, target, as_ofs, strangers)
    trials = []
    with (progress or NullProgress()).step(f"Signals in {target}", len(dates)) as step:
        for as_of in dates:
            trials += _compared(variants, as_of, predict)
            step.advance()
    if not trials:
        raise InputError(f"No date has enough outcomes to compare {target} of {entity}s.")
    protocol = f"{len(trials)} dates, each trained on what was known then"
    return make_report(
        entity, target, protocol, trials, k=settings.review_capacity, seed=settings.seed
    )


def _protocol(
    history: History, target: Target, as_ofs: Sequence[datetime] | None, strangers: bool
) -> tuple[list[datetime], Predict]:
    settings, end = history.settings, history.dataset.manifest.known_until
    step = timedelta(days=settings.training_step_days)
    if target == "quality":
        return dates_of(as_ofs, end - history.gap, step.days), quality_trial
    decided = past_labels(
        history.engine, history.dataset, history.entity, end, settings.label_validity_days
    )
    groups = entity_groups(history.engine, history.dataset, history.entity, end)
    dates = dates_of(as_ofs, end - step, step.days)

    def predict(variant: History, as_of: datetime) -> Trial | None:
        until = end if as_of == dates[-1] else as_of + step
        return violation_trial(variant, as_of, until, decided, groups, strangers=strangers)

    return dates, predict


def _compared(variants: dict[str, History], as_of: datetime, predict: Predict) -> list[Trial]:
    """Return one trial with the predictions of all variants; none where one cannot be made."""
    trials = {name: predict(variant, as_of) for name, variant in variants.items()}
    made = {name: trial for name, trial in trials.items() if trial is not None}
    if len(made) < len(variants):
        return []
    plain = made[NONE]
    others = {name: trial.predictions[MODEL] for name, trial in made.items() if name != NONE}
    predictions = {MODEL: plain.predictions[MODEL], **others}
    return [Trial(plain.as_of, plain.groups, plain.y, predictions)]
