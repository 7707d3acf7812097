"""Matching of two product files: candidates by likeness, probabilities by the matcher."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.errors import InputError
from analytics.signals.content.matching.blocking import nearest_pairs
from analytics.signals.content.matching.candidates import Candidates, attributes_of, from_pairs
from analytics.signals.content.matching.matcher import LEAST_COSINE, ProductMatcher
from analytics.signals.content.matching.spaces import blocking_space, record_words
from analytics.signals.content.tables import ids_of, labels_of

Floats = NDArray[np.float64]

COLUMNS = ["left_id", "right_id", "probability", "is_match", "similarity", "label"]


@dataclass(frozen=True)
class Catalogues:
    """Two tables of products with their ids."""

    left: pd.DataFrame
    right: pd.DataFrame
    left_ids: pd.Index
    right_ids: pd.Index

    @classmethod
    def of(
        cls, left: pd.DataFrame, right: pd.DataFrame, left_id: str = "id", right_id: str = "id"
    ) -> "Catalogues":
        """Take the ids out of two tables.

        Raises:
            InputError: A table has no such column, or an id is empty or occurs twice.
        """
        for side, table, name in (("left", left, left_id), ("right", right, right_id)):
            if name not in table.columns:
                raise InputError(
                    f"The {side} products have no column {name!r} with their ids.",
                    hint=f"Their columns are: {', '.join(map(str, table.columns))}.",
                )
        return cls(
            left.drop(columns=left_id).reset_index(drop=True),
            right.drop(columns=right_id).reset_index(drop=True),
            ids_of(left, left_id, "Left products"),
            ids_of(right, right_id, "Right products"),
        )

    def nearest(self, top: int) -> tuple[Candidates, Floats]:
        """Return the pairs worth comparing and their cosine."""
        empty = np.empty(0, dtype=np.int64)
        attributes = attributes_of(Candidates(self.left, self.right, empty, empty))
        space = blocking_space(
            record_words(self.left, attributes), record_words(self.right, attributes)
        )
        pairs = nearest_pairs(space, top, LEAST_COSINE)
        found = Candidates(self.left, self.right, pairs[:, 0], pairs[:, 1])
        return found, space.cosine(found.left_row, found.right_row)

    def labelled(self, pairs: pd.DataFrame) -> tuple[Candidates, Floats]:
        """Read pairs of ids: columns left_id, right_id and match. A pair given twice counts once.

        Raises:
            InputError: A column is missing, an id is unknown, a label is neither 0 nor 1, or a pair
                has both.
        """
        if missing := [c for c in ("left_id", "right_id", "match") if c not in pairs.columns]:
            raise InputError(f"The labelled pairs have no column {', '.join(missing)}.")
        rows = []
        for side, ids in (("left", self.left_ids), ("right", self.right_ids)):
            at = ids.get_indexer(pd.Index(pairs[f"{side}_id"].astype(str)))
            if (unknown := at < 0).any():
                row = int(unknown.argmax())
                raise InputError(
                    f"Labelled pairs, row {row + 1}: there is no {side} product "
                    f"{pairs[f'{side}_id'].iloc[row]!r} ({int(unknown.sum())} such rows).",
                    hint="Take the pairs out, or add the products.",
                )
            rows.append(at.astype(np.int64))
        labels = labels_of(pairs, "match", "Labelled pairs").to_numpy()
        pair = pd.Series(rows[0] * len(self.right) + rows[1])
        if (differs := labels != pd.Series(labels).groupby(pair).transform("first")).any():
            row = int(differs.to_numpy().argmax())
            raise InputError(
                f"Labelled pairs, row {row + 1}: {pairs['left_id'].iloc[row]!r} and "
                f"{pairs['right_id'].iloc[row]!r} both match and do not.",
                hint="Keep one of the two rows.",
            )
        once = np.flatnonzero(~pair.duplicated())
        every = Candidates(self.left, self.right, rows[0], rows[1])
        return every.at(once), labels[once]


def match_by_likeness(catalogues: Catalogues, top: int = 10) -> pd.DataFrame:
    """Return the nearest pairs by the cosine of their texts, without a probability."""
    found, similarity = catalogues.nearest(top)
    return _written(catalogues, found, similarity)


def match_with_labels(
    catalogues: Catalogues,
    pairs: pd.DataFrame,
    top: int = 10,
    matcher: ProductMatcher | None = None,
) -> pd.DataFrame:
    """Learn from labelled pairs of the same products, and return all candidates.

    A labelled pair is returned with its label and its out-of-fold probability.
    """
    labelled, labels = catalogues.labelled(pairs)
    found, _ = catalogues.nearest(top)
    count = len(catalogues.right)
    known = labelled.left_row * count + labelled.right_row
    is_new = ~np.isin(found.left_row * count + found.right_row, known)
    both = Candidates(
        catalogues.left,
        catalogues.right,
        np.concatenate([labelled.left_row, found.left_row[is_new]]),
        np.concatenate([labelled.right_row, found.right_row[is_new]]),
    )
    every = np.concatenate([labels, np.full(int(is_new.sum()), np.nan)])
    model = (matcher or ProductMatcher()).fit(both, every)
    similarity = _cosine(catalogues, both)
    return _written(catalogues, both, similarity, model.probability_, model.threshold_, every)


def match_with_examples(
    catalogues: Catalogues,
    examples: pd.DataFrame,
    label: str = "match",
    top: int = 10,
    matcher: ProductMatcher | None = None,
) -> pd.DataFrame:
    """Learn from pairs of other products (left_* and right_* columns), and match these."""
    if label not in examples.columns:
        raise InputError(f"The example pairs have no column {label!r} with the labels.")
    labels = labels_of(examples, label, "Example pairs").to_numpy()
    model = matcher or ProductMatcher()
    model.fit(from_pairs(examples.drop(columns=label)), labels)
    found, similarity = catalogues.nearest(top)
    probability = model.predict_proba(found)[:, 1]
    return _written(catalogues, found, similarity, probability, model.threshold_)


def _cosine(catalogues: Catalogues, candidates: Candidates) -> Floats:
    attributes = attributes_of(candidates)
    space = blocking_space(
        record_words(catalogues.left, attributes), record_words(catalogues.right, attributes)
    )
    return space.cosine(candidates.left_row, candidates.right_row)


def _written(
    catalogues: Catalogues,
    found: Candidates,
    similarity: Floats,
    probability: Floats | None = None,
    threshold: float = np.inf,
    labels: Floats | None = None,
) -> pd.DataFrame:
    unknown = np.full(len(found), np.nan)
    chance = unknown if probability is None else probability
    called = pd.Series(chance >= threshold).astype(object)
    table = pd.DataFrame(
        {
            "left_id": catalogues.left_ids[found.left_row],
            "right_id": catalogues.right_ids[found.right_row],
            "probability": chance,
            "is_match": called if probability is not None else None,
            "similarity": similarity,
            "label": unknown if labels is None else labels,
        }
    )[COLUMNS]
    best = "similarity" if probability is None else "probability"
    return table.sort_values(
        [best, "left_id", "right_id"], ascending=[False, True, True], ignore_index=True
    )
