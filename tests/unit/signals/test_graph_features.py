"""Features of graphs small enough to work out by hand."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from analytics.errors import InputError
from analytics.signals.graph.graph import Graph, make_graph
from analytics.signals.graph.labels import LabelFeatures
from analytics.signals.graph.neighbours import NeighbourAggregates
from analytics.signals.graph.pagerank import pagerank
from analytics.signals.graph.structure import StructureFeatures, triangles


def _graph(size: int, edges: list[tuple[int, int]], **more: object) -> Graph:
    src, dst = np.array(edges, dtype=np.intp).reshape(-1, 2).T
    return make_graph(pd.Index([f"n{i}" for i in range(size)]), src, dst, **more)


# n0 – n1 – n2, n0 – n2, n2 – n3; n4 alone
KITE = _graph(5, [(0, 1), (1, 2), (0, 2), (2, 3)])
X = pd.DataFrame({"x": [1.0, 2.0, 6.0, np.nan, 9.0]}, index=KITE.nodes)  # median 4


def test_repeated_edges_become_one_and_weights_add_up():
    edges = [(0, 1), (1, 0), (2, 2)]
    plain = _graph(3, edges)
    weighted = _graph(3, edges, weight=np.array([1.0, 2.0, 5.0]))

    assert plain.edge_count == weighted.edge_count == 1
    assert plain.merged.toarray().tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 0]]
    assert weighted.merged.toarray().tolist() == [[0, 3, 0], [3, 0, 0], [0, 0, 0]]


def test_neighbour_aggregates_of_one_hop():
    made = NeighbourAggregates(hops=1).fit_transform(X, graph=KITE)

    # n0's neighbours hold 2 and 6; the missing value of n3 counts as the median 4
    assert made.loc["n0"].to_dict() == pytest.approx(
        {
            "mean1(x)": (1 + 2 + 6) / 3,
            "diff(x)": 1 - 4,
            "spread(x)": 2.0,
            "max(x)": 6.0,
            "min(x)": 2.0,
            "rare1(x)": (2 / 2 + 6 / 3) / (1 / 2 + 1 / 3),  # n1 has 2 edges, n2 has 3
            "rare2(x)": made.loc["n0", "rare2(x)"],
        }
    )
    assert made.loc["n3", "diff(x)"] == 4 - 6


def test_two_hops_smooth_twice():
    made = NeighbourAggregates(hops=2).fit_transform(X, graph=KITE)
    once = made["mean1(x)"]

    assert made.loc["n3", "mean2(x)"] == pytest.approx((once["n3"] + once["n2"]) / 2)


def test_a_node_without_neighbours_is_its_own_mean_and_differs_from_nobody():
    alone = NeighbourAggregates(hops=1).fit_transform(X, graph=KITE).loc["n4"]

    assert alone["mean1(x)"] == 9.0
    assert alone[["diff(x)", "max(x)", "min(x)"]].isna().all()


def test_the_last_node_without_neighbours_takes_nothing_from_the_others():
    made = NeighbourAggregates(hops=1).fit_transform(X, graph=KITE)

    assert made.loc["n3", ["max(x)", "min(x)"]].tolist() == [6.0, 6.0]


def test_relations_have_columns_of_their_own():
    graph = _graph(3, [(0, 1), (0, 2)], relation=np.array(["bank", "device"], dtype=object))
    own = pd.DataFrame({"x": [0.0, 4.0, 8.0]}, index=graph.nodes)
    made = NeighbourAggregates(hops=1).fit_transform(own, graph=graph)

    assert made.loc["n0", ["max(x)", "max[bank](x)", "max[device](x)"]].tolist() == [8, 4, 8]
    assert np.isnan(made.loc["n1", "max[device](x)"])


def test_weights_weigh_the_mean_and_the_self_loop_has_the_mean_weight():
    graph = _graph(3, [(0, 1), (0, 2)], weight=np.array([1.0, 3.0]))
    own = pd.DataFrame({"x": [0.0, 4.0, 8.0]}, index=graph.nodes)
    made = NeighbourAggregates(hops=1).fit_transform(own, graph=graph)

    assert made.loc["n0", "diff(x)"] == 0 - (1 * 4 + 3 * 8) / 4
    assert made.loc["n0", "mean1(x)"] == (2 * 0 + 1 * 4 + 3 * 8) / 6


def test_structure_of_the_kite():
    made = StructureFeatures().fit_transform(X, graph=KITE)

    assert made["degree"].tolist() == [2, 2, 3, 1, 0]
    assert made["triangles"].tolist() == [1, 1, 1, 0, 0]
    assert made["clustering"].tolist() == pytest.approx([1, 1, 1 / 3, 0, 0])
    assert made["neighbour_degree_max"].tolist()[:4] == [3, 3, 2, 3]
    assert made.loc["n3", "neighbour_degree"] == pytest.approx(np.log(4))
    assert made["pagerank"].mean() == pytest.approx(1.0)


def test_triangles_agree_with_the_cube_of_the_matrix():
    rng = np.random.default_rng(3)
    graph = _graph(60, [(int(a), int(b)) for a, b in rng.integers(0, 60, (400, 2))])
    dense = graph.merged.toarray()

    assert triangles(graph.merged).tolist() == (np.diag(dense @ dense @ dense) / 2).tolist()


def test_pagerank_of_a_pair_and_of_a_node_nobody_reaches():
    # Two nodes, restart at the first: r0 = .5 + .5 r1, r1 = .5 r0
    rank = pagerank(_graph(3, [(0, 1)]).merged, np.array([[1.0], [0.0], [0.0]]), damping=0.5)

    assert rank[:, 0].tolist() == pytest.approx([2 / 3, 1 / 3, 0])


def test_pagerank_keeps_the_mass_of_dead_ends_and_a_column_of_zeros():
    restart = np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 0.0]])
    rank = pagerank(_graph(3, [(0, 1)]).merged, restart)

    assert rank[:, 0].tolist() == pytest.approx([0, 0, 1])
    assert rank[:, 1].tolist() == [0, 0, 0]


def test_label_shares_leave_out_the_own_label_and_its_fold():
    # A star around n0: n1 … n4 are labelled 1, 1, 0, 0 and dealt to two folds of one of each.
    graph = _graph(6, [(0, i) for i in range(1, 6)])
    y = pd.Series([np.nan, 1, 1, 0, 0, np.nan], index=graph.nodes)
    made = LabelFeatures(folds=2, smoothing=(2.0,)).fit_transform(y.to_frame(), y, graph=graph)

    # n0 has no label and sees all four: (2 + 2 · ½) / (4 + 2)
    assert made.loc["n0", "label_share_s2"] == pytest.approx(0.5)
    assert made.loc["n0", ["label_visible", "label_positive"]].tolist() == [4, 2]
    # Two hops from n5 stand n1 … n4, through n0; from n1 only the two of the other fold count.
    assert made.loc["n5", "label_share_2"] == pytest.approx((2 / 5 + 0.5) / (4 / 5 + 1))


def test_no_label_feature_depends_on_the_own_label():
    rng = np.random.default_rng(0)
    graph = _graph(80, [(int(a), int(b)) for a, b in rng.integers(0, 80, (300, 2))])
    y = pd.Series(rng.integers(0, 2, 80).astype(float), index=graph.nodes)
    y.iloc[60:] = np.nan
    features = LabelFeatures(folds=4).fit(y.to_frame(), y, graph=graph)
    before = features.transform(y.to_frame(), graph=graph)
    for node in ("n3", "n17", "n42"):
        features.visible_ = y.dropna().mask(y.dropna().index == node, 1 - y[node])
        after = features.transform(y.to_frame(), graph=graph)

        assert after.loc[node].tolist() == before.loc[node].tolist()
        assert not after.equals(before)  # others see it


def test_label_features_see_only_labels_that_are_given():
    y = pd.Series([1.0, 0.0, 1.0, 0.0, np.nan], index=KITE.nodes)
    made = LabelFeatures().fit_transform(X, y, graph=KITE)

    assert list(made.columns) == list(LabelFeatures().fit(X, y, graph=KITE).get_feature_names_out())
    assert made.notna().all().all()
    assert made.loc["n4", "label_visible"] == 0


def test_label_features_need_both_classes():
    y = pd.Series([1.0, 1.0, 0.0, np.nan, np.nan], index=KITE.nodes)
    with pytest.raises(InputError, match="at least two visible labels of either class"):
        LabelFeatures().fit(X, y, graph=KITE)


@pytest.mark.parametrize("maker", [NeighbourAggregates(), StructureFeatures(), LabelFeatures()])
def test_the_estimators_keep_to_the_conventions(maker):
    y = pd.Series([1.0, 0.0, 1.0, 0.0, np.nan], index=KITE.nodes)
    copy = clone(maker)
    made = copy.fit_transform(X, y, graph=KITE)

    assert copy.get_params() == maker.get_params()
    assert list(made.columns) == list(copy.get_feature_names_out())
    assert made.equals(copy.transform(X, graph=KITE))
    with pytest.raises(InputError, match="not the nodes of the graph"):
        copy.transform(X.iloc[::-1], graph=KITE)
