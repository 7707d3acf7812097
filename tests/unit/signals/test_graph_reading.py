"""What is read from files of nodes and edges, what is left out and what is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.errors import InputError
from analytics.signals.graph.edges import read_edges
from analytics.signals.graph.nodes import read_nodes

NODES = "node_id,x,y,split\na,1,0,train\nb,2.5,1,valid\nc,,,test\n"
IDS = pd.Index(["a", "b", "c"])


def _file(folder: Path, text: str, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def _nodes(folder: Path, text: str, **more: object):
    return read_nodes(_file(folder, text), label="y", split="split", **more)


def test_nodes_of_a_csv(tmp_path):
    nodes = _nodes(tmp_path, NODES)

    assert nodes.ids.tolist() == ["a", "b", "c"]
    assert nodes.features.columns.tolist() == ["x"]
    assert nodes.features["x"].tolist()[:2] == [1.0, 2.5]
    assert nodes.label.tolist()[:2] == [0.0, 1.0]
    assert nodes.is_in("valid").tolist() == [False, True, False]


def test_labels_of_test_nodes_are_sealed(tmp_path):
    nodes = _nodes(tmp_path, NODES + "d,1,1,test\ne,1,0,test\n")

    assert nodes.label[["c", "d", "e"]].isna().all()
    assert (len(nodes.sealed), nodes.sealed.positives) == (2, 1)
    risk = pd.Series([0.1, 0.2, 0.3, 0.9, 0.4], index=nodes.ids)
    assert nodes.sealed.measure(risk) == {
        "auroc": 1.0,
        "average_precision": 1.0,
        "recall_at_k": 1.0,
    }


def test_recall_at_k_counts_positives_among_the_riskiest(tmp_path):
    nodes = _nodes(tmp_path, NODES + "d,1,1,test\ne,1,0,test\nf,1,1,test\n")
    risk = pd.Series([0.0, 0.0, 0.0, 0.9, 0.8, 0.7], index=nodes.ids)

    assert nodes.sealed.measure(risk, 1)["recall_at_k"] == 0.5
    assert nodes.sealed.measure(risk)["recall_at_k"] == 0.5  # two are looked at
    assert nodes.sealed.measure(risk, 3)["recall_at_k"] == 1.0


def test_parquet_and_csv_give_the_same_nodes(tmp_path):
    frame = pd.DataFrame({"node_id": [1, 2], "x": [1.5, np.nan], "y": [True, False], "note": "t"})
    frame.to_parquet(tmp_path / "nodes.parquet")
    frame.to_csv(tmp_path / "nodes.csv", index=False)
    from_parquet = read_nodes(tmp_path / "nodes.parquet", label="y")
    from_csv = read_nodes(tmp_path / "nodes.csv", label="y")

    pd.testing.assert_frame_equal(from_parquet.features, from_csv.features)
    pd.testing.assert_series_equal(from_parquet.label, from_csv.label)
    assert from_csv.notes == ("nodes.csv: no features, as they hold no numbers: note.",)


def test_columns_without_numbers_are_left_out_and_said(tmp_path):
    text = "node_id,x,y,split,city,day,none\na,1,0,train,Rome,2024-01-01,\n"
    nodes = _nodes(tmp_path, text)

    assert nodes.features.columns.tolist() == ["x"]
    assert "city, day, none" in nodes.notes[0]


def test_columns_can_be_ignored(tmp_path):
    assert not _nodes(tmp_path, NODES, ignore=["x"]).features.shape[1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"file\.csv is empty"),
        ("node_id,x,y,split\n", r"file\.csv has no rows"),
        ("id,x,y,split\na,1,0,train\n", r"has no column 'node_id'. Its columns are id, x"),
        ("node_id,x,split\na,1,train\n", r"has no column 'y'"),
        ("node_id,x,y\na,1,0\n", r"has no column 'split'"),
        (NODES + ",1,0,train\n", r"row 4: node_id is empty, so the node has no name"),
        (NODES + "a,1,0,train\n", r"row 4: node_id is 'a', which row 1 has too"),
        (NODES + "d,1,2,train\n", r"row 4: y is '2', neither 0 nor 1"),
        (NODES + "d,1,fraud,train\n", r"row 4: y is 'fraud', neither 0 nor 1"),
        (NODES + "d,1,1,holdout\n", r"row 4: split is 'holdout', none of train, valid and test"),
        (NODES + "d,one,1,test\n", r"row 4: x is 'one', not a number as in most rows"),
        (NODES + "d,inf,1,test\n", r"row 4: x is 'inf', which is infinite"),
        (NODES + "d,1,1\n", r"row 4: has 3 fields where the header has 4"),
        ("node_id;x;y;split\na;1;0;train\n", r"separates its columns by ';'"),
    ],
)
def test_nodes_that_are_refused(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        _nodes(tmp_path, text)


def test_files_that_are_no_table(tmp_path):
    with pytest.raises(InputError, match=r"nodes, absent\.csv, is not there"):
        read_nodes(tmp_path / "absent.csv", label="y")
    with pytest.raises(InputError, match=r"notes\.txt, is neither CSV nor parquet"):
        read_nodes(_file(tmp_path, "x", "notes.txt"), label="y")
    with pytest.raises(InputError, match="not a parquet file, or it is damaged"):
        read_nodes(_file(tmp_path, "x", "nodes.parquet"), label="y")


def test_a_test_part_of_one_class_cannot_be_measured(tmp_path):
    with pytest.raises(InputError, match="1 labelled test nodes are not of both classes"):
        _nodes(tmp_path, NODES + "d,1,1,test\n").sealed.check()


def test_edges_are_kept_or_counted_by_why_not(tmp_path):
    text = "src,dst,weight\na,b,1\nb,a,2\na,a,1\na,z,1\n,b,1\nb,c,\nb,c,0\n"
    edges = read_edges(_file(tmp_path, text), IDS)

    assert edges.counts.to_dict() == {
        "rows": 7,
        "without_end": 1,
        "unknown_node": 1,
        "self_loops": 1,
        "without_weight": 2,
        "repeated": 1,
        "kept": 1,
    }
    assert edges.graph.merged.toarray().tolist() == [[0, 3, 0], [3, 0, 0], [0, 0, 0]]
    assert "1 from a node to itself" in edges.notes[0]


def test_ids_match_whatever_the_files_hold_them_as(tmp_path):
    pd.DataFrame({"src": [1.0, np.nan], "dst": [2, 2]}).to_parquet(tmp_path / "edges.parquet")
    edges = read_edges(tmp_path / "edges.parquet", pd.Index(["1", "2"]))

    assert (edges.counts.kept, edges.counts.without_end) == (1, 1)


def test_a_leading_zero_makes_another_id(tmp_path):
    edges = read_edges(_file(tmp_path, "src,dst\n007,7\n"), pd.Index(["007", "7"]))

    assert edges.counts.kept == 1


def test_relations_beyond_the_most_frequent_share_a_name(tmp_path):
    rows = [("a", "b", f"r{i:02}") for i in range(12)] + [("b", "c", "r11"), ("a", "c", "")]
    text = "src,dst,relation\n" + "".join(f"{s},{d},{r}\n" for s, d, r in rows)
    edges = read_edges(_file(tmp_path, text), IDS)

    assert list(edges.graph.relations) == ["other", *(f"r{i:02}" for i in range(6)), "r11"]
    assert "13 relations; all but the 7 most frequent" in edges.notes[0]


def test_no_edges_are_said_and_not_refused(tmp_path):
    edges = read_edges(_file(tmp_path, "src,dst\n"), IDS)

    assert edges.graph.edge_count == 0
    assert edges.notes == ("file.csv: no edge is left.",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"file\.csv is empty"),
        ("source,dst\na,b\n", r"has no column 'src'"),
        ("src,dst\n1,2\n", r"names two known nodes: it has '1', the nodes have 'a'"),
        ("src,dst,weight\na,b,-1\n", r"row 1: weight is '-1', no weight"),
        ("src,dst,weight\na,b,much\n", r"row 1: weight is 'much', no weight"),
        ("src,dst,weight\na,b,inf\n", r"row 1: weight is 'inf', no weight"),
    ],
)
def test_edges_that_are_refused(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        read_edges(_file(tmp_path, text), IDS)
