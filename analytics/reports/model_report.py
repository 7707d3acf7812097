"""A model in figures: card, metrics against baselines, calibration, importance, comparison.

One figure a row, so that parts of different shape share one file and its columns stay.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pandas as pd

from analytics.columns import TARGETS, Target
from analytics.reports.cells import plain_rows, write_csv
from analytics.warehouse.about import ModelReport
from analytics.warehouse.measured import Measured

MODEL_COLUMNS: Final = ("section", "target", "subject", "measure", "value", "low", "high", "text")
MODEL_SECTIONS: Final = (
    "model",
    "card",
    "metrics",
    "differences",
    "calibration",
    "capacity",
    "trials",
    "notes",
    "importance",
    "comparison",
)
_ESTIMATE: Final = {"value", "low", "high"}

Row = tuple[Any, ...]


@dataclass(frozen=True)
class ModelFigures:
    """What the report is made of.

    Attributes:
        report: Card and metrics as stored with the model.
        importance: By target: feature, mean_abs, share; see `Warehouse.importance`.
        facts: What else to say of it, such as the snapshot that it scores: name and text.
        comparison: The newest challenger beside it, as plain data; empty where there is none.
    """

    report: ModelReport
    importance: Mapping[Target, pd.DataFrame] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    comparison: Mapping[str, Any] = field(default_factory=dict)


def export_model_report(figures: ModelFigures, path: Path, *, bom: bool = False) -> int:
    """Write a model's figures as CSV, one a row (see docs/reports.md).

    Args:
        figures: What to write.
        path: File to write; it appears when it is complete.
        bom: Whether to begin with a byte order mark.

    Returns:
        Number of rows written.

    Raises:
        InputError: The file cannot be written.
    """
    return write_csv(path, MODEL_COLUMNS, _rows(figures), bom=bom)


def _rows(figures: ModelFigures) -> Iterator[Row]:
    yield _text("model", "", "", "model_version", figures.report.model_version)
    for name, value in figures.facts.items():
        yield _leaf("model", "", "", name, value)
    yield from _flat("card", figures.report.card)
    for target in TARGETS:
        measured = figures.report.measured(target)
        if measured is not None:
            yield from _measured(target, measured)
        if target in figures.importance:
            yield from _importance(target, figures.importance[target])
    yield from _flat("comparison", figures.comparison)


def _measured(target: Target, measured: Measured) -> Iterator[Row]:
    yield _text("metrics", target, "", "protocol", measured.protocol)
    yield _leaf("metrics", target, "", "k", measured.k)
    for section, frame in (("metrics", measured.results), ("differences", measured.differences)):
        for curve, metric, *estimate in plain_rows(
            frame, ("curve", "metric", "value", "low", "high")
        ):
            yield (section, target, curve, metric, *estimate, None)
    for number, row in enumerate(measured.calibration.to_dict("records"), start=1):
        subject = f"bin {number}"
        yield _value("calibration", target, subject, "entities", row["entities"])
        yield _value("calibration", target, subject, "predicted", row["predicted"])
        bounds = (row["observed"], row["low"], row["high"])
        yield ("calibration", target, subject, "observed", *bounds, None)
    for cases, *shares in plain_rows(measured.capacity, ("capacity", "precision", "recall")):
        for measure, value in zip(("precision", "recall"), shares, strict=True):
            yield _value("capacity", target, f"{cases:g} cases", measure, value)
    for as_of, *counts in plain_rows(measured.trials, ("as_of", "rows", "positives")):
        for measure, value in zip(("rows", "positives"), counts, strict=True):
            yield _value("trials", target, as_of or "several moments", measure, value)
    for number, note in enumerate(measured.notes, start=1):
        yield _text("notes", target, f"note {number}", "text", note)


def _importance(target: Target, frame: pd.DataFrame) -> Iterator[Row]:
    for feature, mean_abs, share in plain_rows(frame, ("feature", "mean_abs", "share")):
        yield _value("importance", target, feature, "mean_abs", mean_abs)
        yield _value("importance", target, feature, "share", share)


def _flat(section: str, content: Mapping[str, Any]) -> Iterator[Row]:
    """Yield nested plain data as rows: the last name is the measure, those before the subject."""
    for names, value in _leaves(content, ()):
        target, rest = ("", names)
        if names[0] in TARGETS and len(names) > 1:
            target, rest = names[0], names[1:]
        yield _leaf(section, target, ".".join(rest[:-1]), rest[-1], value)


def _leaves(value: Any, names: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, Mapping) and set(value) != _ESTIMATE:
        for name, inner in value.items():
            yield from _leaves(inner, (*names, str(name)))
    elif isinstance(value, list | tuple) and any(isinstance(v, Mapping | list) for v in value):
        for number, inner in enumerate(value, start=1):
            yield from _leaves(inner, (*names, str(number)))
    else:
        yield names, value


def _leaf(section: str, target: str, subject: str, measure: str, value: Any) -> Row:
    if isinstance(value, Mapping):
        bounds = (value["value"], value["low"], value["high"])
        return (section, target, subject, measure, *bounds, None)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _value(section, target, subject, measure, value)
    return _text(section, target, subject, measure, value)


def _value(section: str, target: str, subject: str, measure: str, value: Any) -> Row:
    return (section, target, subject, measure, value, None, None, None)


def _text(section: str, target: str, subject: str, measure: str, text: Any) -> Row:
    shown = "; ".join(str(one) for one in text) if isinstance(text, list | tuple) else text
    return (section, target, subject, measure, None, None, None, shown)
