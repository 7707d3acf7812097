"""Exact SHAP values of the model's raw log-odds, checked against the model itself.

Two implementations of path-dependent TreeSHAP (Lundberg et al. 2020) stand behind one protocol:
`PatternExplainer` for populations, `TreeShapExplainer` for single cases and as the fallback.
shap is not imported before it is used.
"""

import os
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits

from analytics.errors import GateError, InputError
from analytics.explain.pattern_tables import PatternTables

Floats = npt.NDArray[np.floating[Any]]

CHUNK_ROWS = 8_192
TOLERANCE = 1e-4
GATE_ROWS = 200


class Explainer(Protocol):
    """Computes contributions of features to the raw log-odds of boosted trees."""

    name: str

    def contributions(self, trees: Any, X: pd.DataFrame) -> Floats:
        """Return contributions, rows of `X` × columns of `X`, without the base value."""


class PatternExplainer:
    """Pattern tables, fast on many rows: in chunks that fit the processor's cache, on all cores."""

    name = "pattern tables"

    def __init__(self, chunk_rows: int = CHUNK_ROWS) -> None:
        self.chunk_rows = chunk_rows

    def contributions(self, trees: Any, X: pd.DataFrame) -> Floats:
        """Return contributions, summed as float64 and kept as float32."""
        tables = PatternTables(trees)
        values = X.to_numpy(dtype=np.float64)
        phi = np.empty(X.shape, dtype=np.float32)

        def explain(start: int) -> None:
            rows = slice(start, start + self.chunk_rows)
            phi[rows] = tables.contributions(values[rows])

        with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(explain, range(0, len(X), self.chunk_rows)))
        return phi


class TreeShapExplainer:
    """`shap.TreeExplainer`: exact to 1e-13 and quick for one row, slow for many."""

    name = "shap.TreeExplainer"

    def contributions(self, trees: Any, X: pd.DataFrame) -> Floats:
        """Return float64 contributions."""
        # Its own additivity check compares with its own prediction, so it proves nothing here.
        phi: Floats = _tree_explainer(trees).shap_values(X, check_additivity=False)
        return phi


def _tree_explainer(trees: Any) -> Any:
    import shap

    return shap.TreeExplainer(trees, feature_perturbation="tree_path_dependent")


@dataclass(frozen=True)
class Contributions:
    """Why a population has the raw scores it has.

    Attributes:
        phi: Contribution of each feature to the log-odds; index as the rows explained.
        base: Log-odds before any feature is known: `phi.sum(axis=1) + base` is the raw score.
        explainer: What computed it.
        notes: What a reader of the result should know.
    """

    phi: pd.DataFrame
    base: float
    explainer: str
    notes: list[str] = field(default_factory=list)


class ModelPart(Protocol):
    """What an explanation needs of a model: boosted trees, and additive terms outside them."""

    @property
    def trees(self) -> Any | None:
        """Fitted `HistGradientBoostingClassifier`, or None."""

    @property
    def feature_names(self) -> list[str]:
        """Features in the order in which the trees take them."""

    @property
    def linear_base(self) -> float:
        """The constant beside the trees' own."""

    def linear_contributions(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return the terms outside the trees, one column per feature, in log-odds."""

    def raw(self, X: pd.DataFrame) -> Any:
        """Return the log-odds before calibration."""


def base_value(trees: Any) -> float:
    """Return the expected raw log-odds of the trees over their training rows.

    Path-dependent SHAP weighs each leaf by the share of training rows that reached it.
    """
    expected = float(np.ravel(trees._baseline_prediction)[0])
    for iteration in trees._predictors:
        nodes = iteration[0].nodes
        leaves = nodes[nodes["is_leaf"].astype(bool)]
        expected += float(np.average(leaves["value"], weights=leaves["count"]))
    return expected


def refuse_categories(trees: Any) -> None:
    """Raise `InputError` for trees with native categories, which shap explains wrongly."""
    is_categorical = getattr(trees, "is_categorical_", None)
    if is_categorical is not None and np.any(is_categorical):
        raise InputError(
            "The model was fitted with categorical_features, whose SHAP values would be wrong "
            "without notice.",
            hint="Encode categories as ordinal numbers and fit again.",
        )


def explain_part(
    part: ModelPart,
    X: pd.DataFrame,
    explainers: Sequence[Explainer] | None = None,
) -> Contributions:
    """Explain every row of `X` by the first explainer that passes all gates.

    Args:
        part: A fitted model part.
        X: Rows × features, float64, NaN where unknown.
        explainers: In order of preference; default pattern tables, then shap.

    Raises:
        InputError: The trees use native categories.
        GateError: No explainer agrees with the model.
    """
    X = X.reindex(columns=part.feature_names).astype(float)
    phi, base = part.linear_contributions(X), part.linear_base
    if part.trees is None:
        result = Contributions(phi, base, "additive")
    else:
        inside = explain_trees(part.trees, X, explainers)
        result = Contributions(inside.phi + phi, inside.base + base, inside.explainer, inside.notes)
    check_additivity(result.phi, result.base, np.asarray(part.raw(X)), result.explainer)
    return result


def explain_trees(
    trees: Any,
    X: pd.DataFrame,
    explainers: Sequence[Explainer] | None = None,
) -> Contributions:
    """Explain the raw log-odds of boosted trees for all rows, behind the gates.

    A gate that fails is a note in the result and hands over to the next explainer.
    """
    refuse_categories(trees)
    failures: list[str] = []
    for explainer in explainers or (PatternExplainer(), TreeShapExplainer()):
        try:
            phi = _gated(explainer, trees, X)
        except GateError as error:
            failures.append(error.message)
        except Exception as error:  # third-party code: whatever it raises, another may explain
            failures.append(f"{explainer.name} failed: {type(error).__name__}: {error}")
        else:
            notes = [f"Explained by {explainer.name}, because {failures[-1]}."] if failures else []
            return Contributions(
                pd.DataFrame(phi, index=X.index, columns=X.columns),
                base_value(trees),
                explainer.name,
                notes,
            )
    raise GateError(
        f"No explainer agrees with the model: {'; '.join(failures)}.",
        hint="Scores were not published; report this with the versions of scikit-learn and shap.",
    )


def _gated(explainer: Explainer, trees: Any, X: pd.DataFrame) -> Floats:
    """Explain all rows and, in the same call, rows with gaps that training did not have."""
    if X.empty:
        return np.empty(X.shape)
    gaps = unseen_gaps(X)
    rows = pd.concat([X, gaps], ignore_index=True)
    phi = explainer.contributions(trees, rows)
    base, raw = base_value(trees), raw_log_odds(trees, rows)
    check_additivity(phi[: len(X)], base, raw[: len(X)], explainer.name)
    check_additivity(phi[len(X) :], base, raw[len(X) :], f"{explainer.name}, on unseen gaps,")
    check_against_shap(explainer, trees, X, phi[: len(X)])
    return phi[: len(X)]


def _spread(rows: int, wanted: int) -> npt.NDArray[np.intp]:
    return np.unique(np.linspace(0, rows - 1, min(rows, wanted)).astype(np.intp))


def raw_log_odds(trees: Any, X: pd.DataFrame) -> Floats:
    """Return the model's own raw prediction, one float a row."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="X (has|does not have) .*feature names")
        raw: Floats = np.ravel(trees.decision_function(X))
    return raw


def check_additivity(phi: Any, base: float, raw: Floats, name: str) -> None:
    """Raise `GateError` unless contributions and base add up to the model's own prediction."""
    if len(raw) == 0:
        return
    total = np.asarray(phi, dtype=np.float64).sum(axis=1) + base
    error = np.abs(total - raw)
    worst = int(np.argmax(np.where(np.isnan(error), np.inf, error)))
    if not error[worst] <= TOLERANCE:
        raise GateError(
            f"contributions of {name} do not add up to the model's raw prediction: row {worst} "
            f"gives {total[worst]:.6f}, the model {raw[worst]:.6f} (tolerance {TOLERANCE:g})"
        )


def check_against_shap(explainer: Explainer, trees: Any, X: pd.DataFrame, phi: Floats) -> None:
    """Raise `GateError` where contributions differ from shap's on a sample of the rows."""
    if isinstance(explainer, TreeShapExplainer):
        return
    chosen = _spread(len(X), GATE_ROWS)
    gap = np.abs(phi[chosen] - TreeShapExplainer().contributions(trees, X.iloc[chosen]))
    row, column = divmod(int(np.argmax(gap)), gap.shape[1])
    if not gap[row, column] <= TOLERANCE:
        raise GateError(
            f"{explainer.name} and shap.TreeExplainer differ by {gap[row, column]:.2g} on "
            f"{X.columns[column]} of {X.index[chosen[row]]} (tolerance {TOLERANCE:g})"
        )


def unseen_gaps(X: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each column that is complete in `X`, with just that column missing."""
    complete = np.flatnonzero(X.notna().all(axis=0).to_numpy())
    rows = np.repeat(X.iloc[:1].to_numpy(dtype=float), len(complete), axis=0)
    rows[np.arange(len(complete)), complete] = np.nan
    return pd.DataFrame(rows, columns=X.columns)


def explain_rows(part: ModelPart, X: pd.DataFrame) -> Contributions:
    """Explain a few rows at once while a person waits: what-if and single cases."""
    return explain_part(part, X, explainers=(TreeShapExplainer(),))
