"""A vector for each product: fixed size, unit length, near where products are alike."""

import numpy as np
import pandas as pd
import pytest

from analytics.signals.content.representation import SIZE, ProductRepresentation

WORDS = ["cotton shirt", "steel knife", "garden hose", "wooden train", "leather wallet"]
COLUMNS = ["title", "description", "category", "price", "hash"]


def products() -> pd.DataFrame:
    rows = [
        (f"{noun} in {colour}", f"A fine {noun}", noun.split()[1], 10.0 + k, None)
        for noun in WORDS
        for k, colour in enumerate(["red", "blue", "green", "black"])
    ]
    return pd.DataFrame([*rows, (None, None, None, None, None)], columns=COLUMNS)


@pytest.fixture(scope="module")
def vectors():
    return ProductRepresentation().fit(products()).transform(products())


def test_size_type_and_length(vectors):
    assert vectors.shape == (21, SIZE)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors[:-1], axis=1), 1.0, atol=1e-6)
    assert not vectors[-1].any()
    assert len(ProductRepresentation().get_feature_names_out()) == SIZE


def test_the_nearest_are_of_the_same_kind(vectors):
    likeness = vectors[:-1] @ vectors[:-1].T
    np.fill_diagonal(likeness, -1)
    assert (likeness.argmax(axis=1) // 4 == np.arange(20) // 4).all()


def test_the_same_picture_brings_products_nearer():
    frame = products().iloc[:20].copy()
    frame["hash"] = ["ab" * 32, *(f"{k:02x}" * 32 for k in range(1, 19)), "ab" * 32]
    with_pictures = ProductRepresentation().fit(frame).transform(frame)
    without = (
        ProductRepresentation().fit(frame.assign(hash=None)).transform(frame.assign(hash=None))
    )
    assert with_pictures[0] @ with_pictures[19] > without[0] @ without[19] + 0.2


def test_the_same_products_give_the_same_vectors(vectors):
    again = ProductRepresentation().fit(products()).transform(products())
    assert np.array_equal(again, vectors)


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_few_products_have_vectors_too(rows):
    frame = products().head(rows)
    made = ProductRepresentation().fit(frame).transform(frame)
    assert made.shape == (rows, SIZE)
