"""The graph risk model on generated graphs: what it may not learn from, and what it must find."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from typer.testing import CliRunner

from analytics.cli import app
from analytics.errors import InputError
from analytics.signals.graph.edges import read_edges
from analytics.signals.graph.evaluation import evaluate_graph, score_graph
from analytics.signals.graph.labels import LabelFeatures
from analytics.signals.graph.model import GraphRiskModel
from tests.support.graphs import GraphFiles, write_graph

SMALL = GraphRiskModel(stages=50, trees=40, threads=1)
NAMES = {"label": "label", "split": "split", "model": SMALL}


@pytest.fixture(scope="module")
def homophilous(tmp_path_factory: pytest.TempPathFactory) -> GraphFiles:
    return write_graph(tmp_path_factory.mktemp("homophilous"), homophily=0.6)


@pytest.fixture(scope="module")
def report(homophilous: GraphFiles):
    return evaluate_graph(homophilous.nodes, homophilous.edges, **NAMES)


def test_where_neighbours_are_alike_the_graph_helps(report):
    assert set(report.model.families_) > {"own"}
    assert report.metrics["auroc"] > report.own["auroc"] + 0.05
    assert report.metrics["average_precision"] > report.own["average_precision"] + 0.05


@pytest.mark.parametrize("seed", [1, 2])
def test_where_edges_carry_nothing_it_is_as_good_as_own_features(tmp_path, seed):
    files = write_graph(tmp_path, homophily=0.0, nodes=1_200, seed=seed)
    report = evaluate_graph(files.nodes, files.edges, **NAMES)

    assert "own" in report.model.families_
    assert report.metrics["auroc"] > report.own["auroc"] - 0.01


@pytest.mark.parametrize("seed", [1, 2])
def test_shuffled_labels_are_predicted_no_better_than_by_chance(tmp_path, seed):
    files = write_graph(tmp_path, homophily=0.6, nodes=1_200, shuffle_labels=True, seed=seed)
    report = evaluate_graph(files.nodes, files.edges, **NAMES)

    positives = 0.3 * 300  # of 300 in test; the standard error of an AUROC of one half
    error = np.sqrt((300 + 1) / (12 * positives * (300 - positives)))
    assert abs(report.metrics["auroc"] - 0.5) < 3 * error


def test_features_of_shuffled_labels_tell_nothing_of_the_own_label(tmp_path):
    files = write_graph(tmp_path, homophily=0.6, nodes=1_200, shuffle_labels=True)
    ids = pd.Index(files.frame["node_id"])
    graph = read_edges(files.edges, ids).graph
    y = pd.Series(files.frame["label"].to_numpy(dtype=float), index=ids)
    made = LabelFeatures().fit_transform(y.to_frame(), y, graph=graph)

    error = np.sqrt(1 / (12 * 1_200 * 0.3 * 0.7))
    for name in made.columns:
        assert abs(roc_auc_score(y, made[name]) - 0.5) < 4 * error, name


def test_scores_do_not_depend_on_test_labels(homophilous, report, tmp_path):
    """With every test label turned round, the same scores rank exactly the other way round."""
    frame = homophilous.frame.copy()
    is_test = frame["split"] == "test"
    frame.loc[is_test, "label"] = 1 - frame.loc[is_test, "label"]
    frame.to_csv(tmp_path / "nodes.csv", index=False)
    turned = evaluate_graph(tmp_path / "nodes.csv", homophilous.edges, **NAMES)

    assert turned.model.families_ == report.model.families_
    assert turned.metrics["auroc"] == pytest.approx(1 - report.metrics["auroc"], abs=1e-12)


def test_a_graph_without_edges_is_judged_by_own_features(homophilous, tmp_path):
    (tmp_path / "edges.csv").write_text("src,dst\n")
    report = evaluate_graph(homophilous.nodes, tmp_path / "edges.csv", **NAMES)

    assert report.model.families_ == ("own",)
    assert report.metrics == report.own
    assert "edges.csv: no edge is left." in report.summary()


def test_nodes_without_features_are_judged_by_the_graph(homophilous):
    report = evaluate_graph(homophilous.nodes, homophilous.edges, ignore=["x", "z"], **NAMES)

    assert report.own is None
    assert "own" not in report.model.families_
    assert report.metrics["auroc"] > 0.6


def test_too_few_labels_to_learn_from(homophilous, tmp_path):
    frame = homophilous.frame.copy()
    in_train = frame["split"] == "train"
    frame.loc[in_train & (frame["label"] == 1), "label"] = 0
    frame.to_csv(tmp_path / "nodes.csv", index=False)
    with pytest.raises(InputError, match=r"in train, 0 have label 1; at least 5 are needed"):
        evaluate_graph(tmp_path / "nodes.csv", homophilous.edges, **NAMES)


@pytest.fixture(scope="module")
def partly(homophilous: GraphFiles, tmp_path_factory: pytest.TempPathFactory) -> GraphFiles:
    """The same graph with no label where the split is test."""
    folder = tmp_path_factory.mktemp("partly")
    frame = homophilous.frame.copy()
    frame["label"] = frame["label"].mask(frame["split"] == "test")
    frame = frame.drop(columns="split")
    frame.to_csv(folder / "nodes.csv", index=False)
    return GraphFiles(folder / "nodes.csv", homophilous.edges, frame)


def test_scores_are_probabilities_of_the_nodes_without_label(homophilous, partly):
    risk = score_graph(partly.nodes, partly.edges, label="label", model=SMALL)
    truth = homophilous.frame.set_index("node_id")["label"]

    is_unknown = partly.frame["label"].isna()
    assert risk.index.tolist() == partly.frame.loc[is_unknown, "node_id"].tolist()
    assert risk.between(0, 1).all()
    assert roc_auc_score(truth[risk.index], risk) > 0.75
    assert risk.mean() == pytest.approx(truth[risk.index].mean(), abs=0.08)


def test_with_a_split_test_nodes_are_scored_and_their_labels_not_read(homophilous, report):
    risk = score_graph(
        homophilous.nodes, homophilous.edges, label="label", split="split", model=SMALL
    )
    test = homophilous.frame.loc[homophilous.frame["split"] == "test"]

    assert risk.index.tolist() == test["node_id"].tolist()
    auroc = roc_auc_score(test["label"], risk)
    assert auroc == pytest.approx(report.metrics["auroc"], abs=0.03)


def _run(*arguments: object):
    return CliRunner().invoke(app, ["graph", *map(str, arguments)])


def _files(files: GraphFiles) -> list[object]:
    return ["--nodes", files.nodes, "--edges", files.edges, "--label", "label", "--threads", 1]


def test_evaluate_prints_one_document(homophilous):
    run = _run("evaluate", *_files(homophilous), "--split", "split", "--k", 20, "--json")
    document = json.loads(run.stdout)

    assert run.exit_code == 0
    assert document["nodes"]["test"] == 150
    assert document["k"] == 20
    assert 0 < document["recall_at_k"] <= 20 / document["nodes"]["test_positives"]
    assert document["auroc"] > document["own_features"]["auroc"]
    assert 0.5 < document["average_precision"] < 1
    assert document["seconds"] > 0
    assert document["peak_mb"] > 0


@pytest.mark.parametrize("name", ["risk.csv", "risk.parquet"])
def test_score_writes_the_file(partly, tmp_path: Path, name: str):
    run = _run("score", *_files(partly), "-o", tmp_path / name)
    path = tmp_path / name
    frame = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)

    assert run.exit_code == 0, run.output
    assert frame.columns.tolist() == ["node_id", "probability"]
    assert len(frame) == 150
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_errors_are_messages(homophilous, partly, tmp_path):
    for run, message in [
        (_run("evaluate", *_files(homophilous), "--split", "part"), "has no column 'part'"),
        (_run("score", *_files(homophilous), "-o", tmp_path / "r.csv"), "Every node has a label"),
        (_run("score", *_files(partly), "-o", tmp_path / "r.xlsx"), "its ending is not known"),
        (_run("score", *_files(partly), "-o", tmp_path / "no" / "r.csv"), "no such folder"),
    ]:
        assert run.exit_code == 1
        assert message in run.output
        assert "Traceback" not in run.output
