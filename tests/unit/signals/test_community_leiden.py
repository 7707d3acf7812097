import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from analytics.signals.communities.leiden import leiden


def matrix(size, *pairs):
    weights = np.zeros((size, size))
    for a, b, weight in pairs:
        weights[a, b] = weights[b, a] = weight
    return sparse.csr_matrix(weights)


def quality(adjacency, labels, resolution):
    """Σ over pairs of one community of (weight − resolution)."""
    same = labels[:, None] == labels[None, :]
    np.fill_diagonal(same, False)
    return ((adjacency.toarray() - resolution) * same).sum() / 2


def random_graph(seed, size=24, share=0.2):
    rng = np.random.default_rng(seed)
    weights = np.triu(rng.random((size, size)) * (rng.random((size, size)) < share), 1)
    return sparse.csr_matrix(weights + weights.T)


def test_a_pair_is_one_when_its_weight_is_above_the_resolution():
    assert leiden(matrix(2, (0, 1, 0.3)), 0.2).tolist() == [0, 0]
    assert leiden(matrix(2, (0, 1, 0.1)), 0.2).tolist() == [0, 1]


def test_two_triangles_with_a_bridge():
    triangles = [(0, 1, 1), (1, 2, 1), (0, 2, 1), (3, 4, 1), (4, 5, 1), (3, 5, 1)]
    # The bridge of 1 spreads over nine pairs: 0.11.
    assert leiden(matrix(6, *triangles, (2, 3, 1)), 0.2).tolist() == [0, 0, 0, 1, 1, 1]
    assert leiden(matrix(6, *triangles, (2, 3, 1)), 0.05).tolist() == [0] * 6


def test_a_star_with_weak_rays_falls_apart():
    # Each leaf brings 0.3 and costs the resolution for every other leaf.
    rays = [(0, leaf, 0.3) for leaf in range(1, 8)]
    labels = leiden(matrix(8, *rays), 0.2)
    assert np.bincount(labels).max() == 2


def test_no_node_gains_by_moving_and_communities_hang_together():
    for seed in range(6):
        adjacency = random_graph(seed)
        labels = leiden(adjacency, 0.25)
        reached = quality(adjacency, labels, 0.25)
        for node in range(len(labels)):
            for target in range(labels.max() + 2):
                moved = labels.copy()
                moved[node] = target
                assert quality(adjacency, moved, 0.25) <= reached + 1e-6
        for label in range(labels.max() + 1):
            inside = np.flatnonzero(labels == label)
            assert connected_components(adjacency[inside][:, inside])[0] == 1


def test_no_two_communities_gain_by_merging():
    for seed in range(6):
        adjacency = random_graph(seed)
        labels = leiden(adjacency, 0.1)
        reached = quality(adjacency, labels, 0.1)
        for one in range(labels.max() + 1):
            for other in range(one):
                merged = np.where(labels == one, other, labels)
                assert quality(adjacency, merged, 0.1) <= reached + 1e-6


def test_planted_groups_are_found_exactly():
    rng = np.random.default_rng(7)
    truth = np.repeat(np.arange(8), 10)
    same = truth[:, None] == truth[None, :]
    kept = rng.random((80, 80)) < np.where(same, 0.8, 0.05)
    upper = np.triu(kept, 1).astype(float)
    assert leiden(sparse.csr_matrix(upper + upper.T), 0.3).tolist() == truth.tolist()
