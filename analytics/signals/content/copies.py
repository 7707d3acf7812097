"""Which texts copy an earlier one, and whose that was."""

from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from analytics.signals.content.duplicates import DuplicateFinder

Places = NDArray[np.int64]

OWNER, TEXT = "owner", "text"
MATCHES = 10  # of one text that are listed


class CopyFinder(BaseEstimator):
    """Finds for each text the earlier ones that are nearly the same, its owner's and others'.

    What is said of a text follows from it and earlier ones alone, so it holds at every moment from
    the text's own on; only `others` and `matches_` look at later texts, too.

    Args:
        threshold: Least similarity, see `DuplicateFinder`.
        least_length: Characters that a text needs; shorter ones are alike by nature.
        bands: See `DuplicateFinder`.

    Attributes:
        found_: For each id: `original`, the id of the earliest text of another owner that is
            earlier and nearly the same; `own`, likewise of the same owner; `others`, how many
            texts of other owners are nearly the same, earlier or later.
        matches_: id, other, similarity: texts of other owners that are nearly the same, at most
            `MATCHES` each, most similar first.
    """

    def __init__(self, threshold: float = 0.8, least_length: int = 15, bands: int = 16) -> None:
        self.threshold = threshold
        self.least_length = least_length
        self.bands = bands

    def fit(self, rows: pd.DataFrame, y: object = None) -> Self:
        """Search texts in order of time.

        Args:
            rows: `owner` and `text` by id, the earliest first.
            y: Ignored.
        """
        texts = rows[TEXT].where(rows[TEXT].str.len() >= self.least_length)
        kept = np.flatnonzero(texts.notna())
        finder = DuplicateFinder(self.threshold, bands=self.bands)
        finder.fit(pd.Series(texts.to_numpy()[kept], dtype=object))
        pairs = finder.pairs_.astype({"left": np.int64, "right": np.int64})
        owner = pd.factorize(rows[OWNER].to_numpy()[kept])[0]
        found, self.matches_ = copies_among(rows.index[kept], owner, pairs)
        self.found_ = found.reindex(rows.index)
        self.found_["others"] = self.found_["others"].fillna(0).astype(np.int64)
        return self


def copies_among(
    ids: pd.Index, owner: Places, pairs: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return `found_` and `matches_` of a `CopyFinder` from pairs that are nearly the same.

    Args:
        ids: In order of time.
        owner: Code of each one's owner.
        pairs: left, right (places, left before right), similarity. Of those that are equal
            (similarity 1) each is paired with the first one only.
    """
    near = _candidates(pairs, owner)
    found = _earliest(near, owner).reindex(range(len(ids)))
    named = {side: _ids(ids, found[side]) for side in ("original", "own")}
    others = found["others"].fillna(0).astype(np.int64).to_numpy()
    return pd.DataFrame({**named, "others": others}, index=ids), _matches(near, owner, ids)


def _candidates(pairs: pd.DataFrame, owner: Places) -> pd.DataFrame:
    """Return each place with the groups of equal texts that its own is near to, itself included.

    Columns: place, group (the first place of the group), similarity.
    """
    group = np.arange(len(owner))
    is_equal = pairs["similarity"].to_numpy() == 1.0
    group[pairs["right"][is_equal]] = pairs["left"][is_equal]
    near = pairs[~is_equal]
    firsts = np.unique(group)
    links = pd.DataFrame(
        {
            "of": np.concatenate([firsts, near["left"], near["right"]]),
            "group": np.concatenate([firsts, near["right"], near["left"]]),
            "similarity": np.concatenate([np.ones(len(firsts)), *[near["similarity"]] * 2]),
        }
    )
    involved = np.isin(group, np.concatenate([pairs["left"], pairs["right"]]))
    places = pd.DataFrame({"place": np.arange(len(owner)), "of": group})[involved]
    return places.merge(links, on="of").drop(columns="of").assign(owner=lambda t: owner[t.place])


def _earliest(near: pd.DataFrame, owner: Places) -> pd.DataFrame:
    """Return the first text of others and of the same owner before each place, by place."""
    members = near.loc[near["similarity"] == 1.0, ["place", "group", "owner"]]
    strangers = members[members["owner"].to_numpy() != owner[members["group"]]]
    second = strangers.groupby("group")["place"].min()
    own = members.groupby(["group", "owner"])["place"].agg(own="min", own_size="size").reset_index()
    near = near.merge(own, on=["group", "owner"], how="left")
    is_other = owner[near["group"]] != near["owner"].to_numpy()
    first = near["group"].where(is_other, near["group"].map(second))
    size = near["group"].map(members.groupby("group").size())
    before = pd.DataFrame(
        {
            "place": near["place"],
            "original": first.where(first < near["place"]),
            "own": near["own"].where(near["own"] < near["place"]),
            "others": size - near["own_size"].fillna(0),
        }
    )
    return before.groupby("place").agg({"original": "min", "own": "min", "others": "sum"})


def _matches(near: pd.DataFrame, owner: Places, ids: pd.Index) -> pd.DataFrame:
    members = near.loc[near["similarity"] == 1.0, ["group", "place"]]
    shown = members.sort_values("place").groupby("group").head(2 * MATCHES)
    pairs = near.merge(shown.rename(columns={"place": "other"}), on="group")
    pairs = pairs[pairs["owner"].to_numpy() != owner[pairs["other"]]]
    pairs = pairs.sort_values(["place", "similarity", "other"], ascending=[True, False, True])
    pairs = pairs.groupby("place").head(MATCHES)
    return pd.DataFrame(
        {
            "id": ids[pairs["place"]],
            "other": ids[pairs["other"]],
            "similarity": pairs["similarity"].to_numpy(),
        }
    )


def _ids(ids: pd.Index, places: pd.Series) -> NDArray[np.object_]:
    named = np.full(len(places), None, dtype=object)
    known = places.notna().to_numpy()
    named[known] = ids.to_numpy(dtype=object)[places[known].astype(np.int64)]
    return named
