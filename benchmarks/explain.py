"""Explaining a population: ours against `shap.TreeExplainer`, same model and rows, one run.

python -m benchmarks.explain [--rows 200000] [--json]
python -m benchmarks.explain --home HOME [--json]     the models and rows as built in a home
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analytics.columns import CONTEXT_COLUMNS, ENTITY_ID
from analytics.explain.explainers import (
    Contributions,
    Floats,
    TreeShapExplainer,
    base_value,
    explain_part,
    explain_trees,
    raw_log_odds,
)

ROWS = 200_000
FEATURES = 60
TREES = 300
MISSING = 0.1


def synthetic(rows: int, seed: int = 0) -> tuple[Any, pd.DataFrame]:
    """Return 300 trees × 31 leaves (depth 6) and the rows to explain, a third with gaps."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    rng = np.random.default_rng(seed)
    values = rng.normal(size=(rows, FEATURES))
    values[:, : FEATURES // 3][rng.random((rows, FEATURES // 3)) < MISSING] = np.nan
    X = pd.DataFrame(values, columns=[f"f{i:02}" for i in range(FEATURES)])
    signal = X["f00"].fillna(1) + X["f30"] * X["f31"] + np.abs(X["f32"]) + X["f10"].fillna(0) / 2
    y = (signal + rng.normal(size=rows) > 2.5).astype(int)
    trees = HistGradientBoostingClassifier(
        max_iter=TREES, max_leaf_nodes=31, max_depth=6, early_stopping=False, random_state=seed
    ).fit(X, y)
    return trees, X


def timed(run: Callable[[], Any]) -> tuple[Any, float]:
    """Return what `run` returns and the seconds it took."""
    start = time.perf_counter()
    result = run()
    return result, time.perf_counter() - start


def compare(trees: Any, X: pd.DataFrame) -> dict[str, Any]:
    """Explain all rows with both, and say how long each took and how far they are apart."""
    raw_log_odds(trees, X.head(100))
    TreeShapExplainer().contributions(trees, X.head(1))  # imports are not what is measured
    ours, our_seconds = timed(lambda: explain_trees(trees, X))
    theirs, their_seconds = timed(lambda: TreeShapExplainer().contributions(trees, X))
    _, one_row = timed(lambda: TreeShapExplainer().contributions(trees, X.head(1)))
    return {
        "rows": len(X),
        "features": X.shape[1],
        "trees": len(trees._predictors),
        "explainer": ours.explainer,
        "notes": ours.notes,
        "seconds_with_gates": round(our_seconds, 2),
        "seconds_tree_explainer": round(their_seconds, 2),
        "times_faster": round(their_seconds / our_seconds, 1),
        "largest_difference": _largest(ours.phi.to_numpy(), theirs),
        "largest_additivity_error": _additivity(trees, X, ours),
        "one_row_tree_explainer_ms": round(1000 * one_row, 2),
    }


def _largest(ours: Floats, theirs: Floats) -> float:
    return max(float(np.abs(a - b).max()) for a, b in zip(ours, theirs, strict=True))


def _additivity(trees: Any, X: pd.DataFrame, ours: Contributions) -> float:
    total = ours.phi.to_numpy(dtype=float).sum(axis=1) + base_value(trees)
    return float(np.abs(total - raw_log_odds(trees, X)).max())


def as_built(home: Path) -> Iterator[dict[str, Any]]:
    """Compare on every model and all entities of what is live in a home folder."""
    from analytics.model.bundle import load_model
    from analytics.pipeline import open_workbench
    from analytics.settings import load_settings

    workbench = open_workbench(load_settings(home=home))
    live = workbench.live()
    snapshot = workbench.home.snapshot(live.snapshot_id)
    for entity, version in live.models.items():
        meta = workbench.warehouse.meta(live.snapshot_id, version)
        path = snapshot.features_path(entity, meta["feature_version"])  # type: ignore[arg-type]
        X = pd.read_parquet(path).set_index(ENTITY_ID).drop(columns=list(CONTEXT_COLUMNS))
        model = load_model(workbench.home.models_dir / version)
        for target, part in (("quality", model.quality), ("violation", model.violation)):
            if part is None:
                continue
            head = {"entity": entity, "target": target, "model_version": version}
            if part.trees is None:
                _, seconds = timed(lambda part=part, X=X: explain_part(part, X))  # type: ignore[misc]
                yield {**head, "rows": len(X), "explainer": "additive", "seconds": seconds}
            else:
                rows = X.reindex(columns=part.feature_names).astype(float)
                yield {**head, **compare(part.trees, rows)}


def show(result: dict[str, Any]) -> str:
    """Return one comparison as text."""
    name = f"{result['entity']} {result['target']}: " if "entity" in result else ""
    if result["explainer"] == "additive":
        return (
            f"{name}{result['rows']:,} rows, additive, exact by itself: {result['seconds']:.2f} s"
        )
    return (
        f"{name}{result['rows']:,} × {result['features']}, {result['trees']} trees\n"
        f"  {result['explainer']}, all gates included: {result['seconds_with_gates']:.1f} s\n"
        f"  shap.TreeExplainer: {result['seconds_tree_explainer']:.1f} s\n"
        f"  {result['times_faster']:.1f} times faster; largest difference "
        f"{result['largest_difference']:.1e}, largest error of the sum "
        f"{result['largest_additivity_error']:.1e}"
    )


def main() -> None:
    """Run the comparison that the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--home", type=Path, help="Home folder whose live models are explained.")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    results = list(as_built(given.home)) if given.home else [compare(*synthetic(given.rows))]
    print(json.dumps(results, indent=1) if given.json else "\n".join(map(show, results)))


if __name__ == "__main__":
    main()
