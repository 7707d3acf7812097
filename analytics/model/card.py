"""The model card: what a person should know before trusting a model."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from analytics.features.labels import DECIDED_AT, LABEL, SOURCE
from analytics.model.prior import ViolationPrior
from analytics.model.quality import QualityModel, QualitySet, pool
from analytics.model.signal_choice import FamilyChoice
from analytics.model.signal_status import status_of
from analytics.model.violation import ViolationModel
from analytics.settings import Settings

QUALITY_SETTINGS = (
    "quality_horizon_days",
    "quality_maturing_days",
    "quality_min_lines",
    "quality_defect_share",
    "training_as_ofs",
    "training_step_days",
    "signal_families",
    "seed",
)
LIMITS = {
    "quality": [
        "Predicts outcomes under the present handling of the marketplace; entities acted on "
        "within the window were left out, so it does not say what an action would have changed.",
        "The base rate of bad quality moves with the season; probabilities follow with the delay "
        "of the outcome window.",
    ],
    "model": [
        "Learned from the cases that reviewers looked at, which were not chosen at random; what "
        "no reviewer has seen is known to it only by likeness.",
    ],
    "prior": [
        "No decision went into it. It says how unusual an entity is in directions in which harm "
        "lies; its mean is the assumed prevalence, not a measured one.",
    ],
}


def model_card(
    *,
    entity: str,
    as_of: datetime,
    dataset_id: str,
    feature_version: str,
    settings: Settings,
    quality: Mapping[str, Any],
    violation: ViolationModel | ViolationPrior | None,
    families: Sequence[FamilyChoice],
    labels: pd.DataFrame,
    policies: Mapping[str, float],
    notes: Sequence[str],
    metrics: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the card as plain data; `quality` is its part on quality, as from `quality_card`."""
    source = (
        "unavailable"
        if violation is None
        else "prior"
        if isinstance(violation, ViolationPrior)
        else "model"
    )
    return {
        "entity": entity,
        "trained_as_of": as_of.isoformat(),
        "dataset_id": dataset_id,
        "feature_version": feature_version,
        "seed": settings.seed,
        "quality": dict(quality),
        "violation": {
            "source": source,
            "labels": {
                "confirmed": int((labels[LABEL] == 1).sum()),
                "cleared": int((labels[LABEL] == 0).sum()),
                "by_source": _by_source(labels),
                "least_per_class": settings.min_labels_per_class,
            },
            "features": len(violation.feature_names) if violation is not None else 0,
            "assumed_prevalence": settings.assumed_prevalence if source == "prior" else None,
            "signals": [choice.to_dict() for choice in families],
            "metrics": _headline(metrics.get("violation")),
        },
        "label_set_id": label_set_id(labels),
        "decided_policies": dict(policies),
        "notes": list(notes),
        "limits": [
            *(LIMITS["quality"] if quality["is_available"] else []),
            *LIMITS.get(source, []),
        ],
    }


def label_set_id(labels: pd.DataFrame) -> str:
    """Return a hash of who was decided how and when."""
    rows = labels.sort_index()[[LABEL, DECIDED_AT]]
    text = rows.to_csv(date_format="%Y-%m-%dT%H:%M:%S")
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def card_text(card: Mapping[str, Any], version: str) -> str:
    """Return the card as Markdown."""
    quality, violation = card["quality"], card["violation"]
    lines = [
        f"# Model card: {version}",
        "",
        f"Scores the {card['entity']}s; trained on what was known at {card['trained_as_of']}.",
        "",
        "## Quality",
        quality["status"],
        *_metric_lines(quality["metrics"]),
        *_signal_lines(quality["signals"]),
        "",
        "## Violation",
        f"Source: {violation['source']}; {violation['labels']['confirmed']} confirmed and "
        f"{violation['labels']['cleared']} cleared entities known.",
        *_metric_lines(violation["metrics"]),
        *_signal_lines(violation["signals"]),
        "",
        *_policy_lines(card.get("policy_model")),
        "## Data",
        f"Dataset {card['dataset_id']}, features {card['feature_version']}, "
        f"label set {card['label_set_id']}, seed {card['seed']}.",
        "",
        *_made_lines(card.get("made_of")),
        "## Limits",
        *(f"- {text}" for text in [*card["limits"], *card["notes"]]),
    ]
    return "\n".join(lines) + "\n"


def _policy_lines(about: Mapping[str, Any] | None) -> list[str]:
    if about is None:
        return []
    lines = [f"{'On' if about['is_used'] else 'Off'}: {about['why']}."]
    if "first_right" in about:
        lines.append(
            f"Enough confirmed for {', '.join(about['learned'])}. On groups not seen the one put "
            f"first was right for {about['first_right']:.0%} of {about['confirmed']} confirmed "
            f"violations, and for {about['first_right_before']:.0%} by what raises the score."
        )
    return ["## Policies", *lines, ""]


def _made_lines(made: Mapping[str, Any] | None) -> list[str]:
    if made is None:
        return []
    packages = ", ".join(f"{name} {number}" for name, number in made["environment"].items())
    return [
        "## Made of",
        f"Code {made['code_version']}; training set {made['training_set'] or 'none'}; {packages}.",
        "",
    ]


def quality_card(
    quality: QualityModel | None,
    sets: Sequence[QualitySet],
    settings: Settings,
    metrics: Mapping[str, Any] | None,
    families: Sequence[FamilyChoice],
) -> dict[str, Any]:
    """Return the card's part on quality."""
    _, outcomes = pool(sets)
    labelled, bad = len(outcomes), int((outcomes["label"] == 1).sum())
    return {
        "is_available": quality is not None,
        "settings": quality_settings(settings),
        "status": (
            f"Learned from {labelled} outcomes, {bad} of them bad."
            if quality is not None
            else f"Unavailable: {labelled} past outcomes known, {bad} of them bad, are too few."
        ),
        "label": (
            f"at least {settings.quality_defect_share:.0%} of the order lines placed in the "
            f"next {settings.quality_horizon_days} days defective, "
            f"given at least {settings.quality_min_lines} lines"
        ),
        "as_ofs": [one.as_of.isoformat() for one in sets],
        "labelled": labelled,
        "bad": bad,
        "features": len(quality.feature_names) if quality is not None else 0,
        "trees": quality.iterations_ if quality is not None else 0,
        "blend": list(quality.blend_) if quality is not None else [],
        "signals": [choice.to_dict() for choice in families],
        "metrics": _headline(metrics),
    }


def quality_settings(settings: Settings) -> dict[str, Any]:
    """Return what decides a quality model, apart from the data."""
    return {name: getattr(settings, name) for name in QUALITY_SETTINGS}


def _by_source(labels: pd.DataFrame) -> dict[str, int]:
    counts = labels[SOURCE].value_counts() if SOURCE in labels else pd.Series(dtype=int)
    return {str(source): int(count) for source, count in sorted(counts.items())}


def _headline(metrics: Mapping[str, Any] | None) -> dict[str, Any]:
    return dict(metrics["results"]["model"]) if metrics else {}


def _signal_lines(choices: Sequence[Mapping[str, Any]]) -> list[str]:
    return [f"- signals, {choice['family']}: {status_of(choice)}" for choice in choices]


def _metric_lines(metrics: Mapping[str, Any]) -> list[str]:
    return [
        f"- {name.replace('_', ' ')}: {e['value']:.3f} [{e['low']:.3f}, {e['high']:.3f}]"
        for name, e in metrics.items()
        if e["value"] is not None and e["low"] is not None
    ]
