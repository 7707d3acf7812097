"""From files of nodes and edges to a measured model, or to the risk of nodes without a label."""

import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from analytics.errors import InputError
from analytics.signals.graph.edges import Edges, read_edges
from analytics.signals.graph.memory import peak_mb
from analytics.signals.graph.model import OWN, GraphRiskModel, check_classes
from analytics.signals.graph.nodes import TRAIN, VALID, Nodes, read_nodes

VALID_SHARE = 0.25
LEAST_IN_ALL = 8  # of a class, so that train and valid have enough of it


@dataclass(frozen=True)
class GraphReport:
    """How well a model of a graph ranks the test nodes.

    Attributes:
        metrics: auroc, average_precision and recall_at_k on test.
        own: The same with the nodes' own features alone; None where they have none.
        k: Nodes looked at for recall.
        model: The fitted model.
        nodes: Nodes per part, by name.
        edges: Rows of edges by what became of them.
        notes: What was left out, in words.
        seconds: From reading to metrics, wall clock.
        processor_seconds: The same of all processors used.
        peak_mb: Peak memory of the process.
    """

    metrics: dict[str, float]
    own: dict[str, float] | None
    k: int
    model: GraphRiskModel
    nodes: dict[str, int]
    edges: dict[str, int]
    notes: tuple[str, ...]
    seconds: float
    processor_seconds: float
    peak_mb: float

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON document, the metrics at its top."""
        return {
            **_rounded(self.metrics),
            "k": self.k,
            "seconds": round(self.seconds, 2),
            "processor_seconds": round(self.processor_seconds, 2),
            "peak_mb": round(self.peak_mb, 1),
            "families": list(self.model.families_),
            "sets": [list(families) for families in self.model.sets_],
            "own_features": None if self.own is None else _rounded(self.own),
            "trials": [trial.to_dict() for trial in self.model.trials_],
            "nodes": self.nodes,
            "edges": self.edges,
            "notes": list(self.notes),
        }

    def summary(self) -> str:
        """Return the report in words."""
        found, own = self.metrics, self.own
        lines = [
            f"AUROC {found['auroc']:.4f}, average precision {found['average_precision']:.4f}, "
            f"recall among the {self.k:,} riskiest {found['recall_at_k']:.4f} "
            f"on {self.nodes['test']:,} test nodes.",
            f"Families chosen on valid: {', '.join(self.model.families_)}.",
        ]
        if own is not None:
            lines.append(
                f"Own features alone: AUROC {own['auroc']:.4f}, "
                f"average precision {own['average_precision']:.4f}."
            )
        lines.append(
            f"{self.seconds:.1f} s ({self.processor_seconds:.1f} s of processor), "
            f"peak {self.peak_mb:,.0f} MB."
        )
        return "\n".join([*self.notes, *lines])


def evaluate_graph(
    nodes_file: Path,
    edges_file: Path,
    *,
    label: str,
    split: str,
    k: int | None = None,
    ignore: Collection[str] = (),
    model: GraphRiskModel | None = None,
) -> GraphReport:
    """Fit on train, tune on valid, and measure on test, whose labels no other step can read.

    Args:
        nodes_file: CSV or parquet of nodes.
        edges_file: CSV or parquet of edges.
        label: Column of labels in the nodes.
        split: Column of train, valid and test in the nodes.
        k: Nodes looked at for recall; the positives in test when None.
        ignore: Columns of the nodes that are no features.
        model: What to fit, a `GraphRiskModel` as it is by default when None.

    Raises:
        InputError: A file cannot be used as it is, or a part lacks a class.
    """
    if k is not None and k < 1:
        raise InputError(f"k must be at least 1, not {k}.")
    model = model or GraphRiskModel()
    wall, processor = time.perf_counter(), time.process_time()
    nodes = read_nodes(nodes_file, label=label, split=split, ignore=ignore)
    edges = read_edges(edges_file, nodes.ids)
    nodes.sealed.check()
    risk = _risk(nodes, edges, _fit(nodes, edges, model))
    own = None
    if (OWN,) in model.members_:
        alone = model.raw(nodes.features, graph=edges.graph, sets=[(OWN,)])
        own = nodes.sealed.measure(pd.Series(alone, index=nodes.ids), k)
    return GraphReport(
        metrics=nodes.sealed.measure(risk, k),
        own=own,
        k=nodes.sealed.positives if k is None else k,
        model=model,
        nodes=_sizes(nodes),
        edges=edges.counts.to_dict(),
        notes=(*nodes.notes, *edges.notes),
        seconds=time.perf_counter() - wall,
        processor_seconds=time.process_time() - processor,
        peak_mb=peak_mb(),
    )


def score_graph(
    nodes_file: Path,
    edges_file: Path,
    *,
    label: str,
    split: str | None = None,
    ignore: Collection[str] = (),
    model: GraphRiskModel | None = None,
) -> pd.Series:
    """Return the probability of every node without a visible label, in the order of the file.

    Visible are the labels of train and valid; without a split all of them are, and a quarter, drawn
    evenly from both classes, is valid. The model as tuned then learns from all visible labels.

    Raises:
        InputError: A file cannot be used as it is, there are too few labels, or every node has one.
    """
    model = model or GraphRiskModel()
    nodes = read_nodes(nodes_file, label=label, split=split, ignore=ignore)
    edges = read_edges(edges_file, nodes.ids)
    if split is None:
        nodes = replace(nodes, split=_drawn(nodes.label, model.seed))
    visible = nodes.label.where(nodes.is_in(TRAIN) | nodes.is_in(VALID))
    if visible.notna().all():
        raise InputError(
            f"Every node has a {label}, so there is none to score.",
            hint="Leave the label empty where it is not known.",
        )
    _fit(nodes, edges, model).refit(nodes.features, visible, graph=edges.graph)
    return _risk(nodes, edges, model)[visible.isna()]


def _drawn(labels: pd.Series, seed: int) -> pd.Series:
    """Return train or valid for the labelled nodes, missing for the others."""
    known = labels.dropna()
    check_classes(known.to_numpy(), "the file", LEAST_IN_ALL)
    learn, tune = train_test_split(
        known.index.to_numpy(dtype=object),
        test_size=VALID_SHARE,
        stratify=known,
        random_state=seed,
    )
    split = pd.Series(None, index=labels.index, dtype=object)
    split[learn], split[tune] = TRAIN, VALID
    return split


def _fit(nodes: Nodes, edges: Edges, model: GraphRiskModel) -> GraphRiskModel:
    is_valid = nodes.is_in(VALID)
    visible = nodes.label.where(nodes.is_in(TRAIN) | is_valid)
    return model.fit(nodes.features, visible, graph=edges.graph, is_valid=is_valid)


def _risk(nodes: Nodes, edges: Edges, model: GraphRiskModel) -> pd.Series:
    risk = model.predict_proba(nodes.features, graph=edges.graph)[:, 1]
    return pd.Series(risk, index=nodes.ids, name="probability")


def _sizes(nodes: Nodes) -> dict[str, int]:
    learn, tune = int(nodes.is_in(TRAIN).sum()), int(nodes.is_in(VALID).sum())
    test = len(nodes.sealed)
    return {
        "all": len(nodes.ids),
        "train": learn,
        "valid": tune,
        "test": test,
        "test_positives": nodes.sealed.positives,
        "unlabelled": len(nodes.ids) - learn - tune - test,
    }


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(float(np.float64(value)), 6) for name, value in values.items()}
