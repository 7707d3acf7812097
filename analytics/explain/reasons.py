"""Contributions of features → the few reasons a reviewer reads.

Features that measure the same over several windows share one reason. A reason pushes risk up, and
the entity's own value bears it out: it is worse than what is normal for its peers.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.columns import ENTITY_ID, PEER_GROUP, RANK, TARGETS, Target
from analytics.explain.peers import PeerGroups, group_peers, rank_among_peers
from analytics.features.spec import FeatureSpec

Floats = npt.NDArray[np.floating[Any]]

MAX_REASONS: Final = 8
MIN_CONTRIBUTION: Final = 0.02  # log-odds; less is noise that no reviewer should read
MIN_GAP: Final = 0.02  # of the peers' median, so that both do not print alike
CHUNK_ROWS: Final = 50_000

TARGET = "target"
FEATURE = "feature"
FAMILY = "family"
CONTRIBUTION = "contribution"
VALUE = "value"
PEER_MEDIAN = "peer_median"
PEER_COUNT = "peer_count"
PEER_RANK = "peer_rank"
POINTS_TO = "points_to_policies"
EVIDENCE_ROWS = "evidence_rows"
EVIDENCE_OF = "evidence_of"
OF = " of"  # ends the column of counts that a share is a share of
REASON_COLUMNS: Final = (
    ENTITY_ID,
    RANK,
    TARGET,
    FEATURE,
    FAMILY,
    CONTRIBUTION,
    VALUE,
    PEER_MEDIAN,
    PEER_COUNT,
    PEER_RANK,
    POINTS_TO,
    EVIDENCE_ROWS,
    EVIDENCE_OF,
)

_WINDOW = re.compile(r"_(?:lifetime|\d+d)$")
_VARIANT = re.compile(r"_(?:shrunk|recent)$")


def concept(feature: str) -> str:
    """Return what a feature measures, apart from its window: one reason code.

    `late_dispatch_90d` and `late_dispatch_lifetime` are both `late_dispatch`.
    """
    return _VARIANT.sub("", _WINDOW.sub("", feature))


@dataclass(frozen=True)
class _Columns:
    """The features that can be reasons, and what each measures."""

    specs: tuple[FeatureSpec, ...]
    concepts: npt.NDArray[np.intp]

    @property
    def signs(self) -> npt.NDArray[np.intp]:
        """1 where more is worse, -1 where less is, 0 where the source does not say."""
        return np.array([spec.monotone for spec in self.specs], dtype=np.intp)

    @property
    def names(self) -> list[str]:
        return [spec.name for spec in self.specs]


def build_reasons(
    contributions: Mapping[Target, pd.DataFrame],
    X: pd.DataFrame,
    context: pd.DataFrame,
    specs: Sequence[FeatureSpec],
    *,
    weights: pd.DataFrame | None = None,
    evidence: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return up to `MAX_REASONS` reasons per entity, long, sorted by entity and rank.

    Args:
        contributions: Per target, entities × features, log-odds.
        X: Entities × features, the values; indexed by entity id.
        context: Indexed by entity id, with the peer group.
        specs: Declarations of the features; those without one are never a reason.
        weights: Entities × targets: how much each target's reasons matter (share of the
            expected harm); equal where None.
        evidence: Entities × features, the number of rows behind each, and with the suffix `OF`
            what a share is a share of; unknown where None.
    """
    columns = _candidates(contributions, X, specs)
    if not columns.specs or X.empty:
        return _empty()
    values = X[columns.names]
    peers = group_peers(values, context[PEER_GROUP])
    parts = [
        _choose(slice(start, start + CHUNK_ROWS), contributions, values, peers, columns, weights)
        for start in range(0, len(X), CHUNK_ROWS)
    ]
    chosen = pd.concat(parts, ignore_index=True)
    return _described(chosen, values, peers, columns, evidence)


def _candidates(
    contributions: Mapping[Target, pd.DataFrame], X: pd.DataFrame, specs: Sequence[FeatureSpec]
) -> _Columns:
    explained = set().union(*(phi.columns for phi in contributions.values()))
    explained &= set(X.columns)
    kept = [s for s in specs if s.name in explained and (s.monotone or s.extra)]
    codes, _ = pd.factorize(np.array([concept(spec.name) for spec in kept], dtype=object))
    return _Columns(tuple(kept), codes)


def _choose(
    rows: slice,
    contributions: Mapping[Target, pd.DataFrame],
    values: pd.DataFrame,
    peers: PeerGroups,
    columns: _Columns,
    weights: pd.DataFrame | None,
) -> pd.DataFrame:
    """Pick the reasons of some rows: row number, rank, target, column, contribution."""
    bears_out = _bears_out(values.iloc[rows], peers, rows, columns)
    present = [t for t in TARGETS if t in contributions]
    pushes, best, strengths = [], [], []
    for target in present:
        phi = contributions[target].iloc[rows].reindex(columns=columns.names, fill_value=0.0)
        push, column = _by_concept(phi.to_numpy(), bears_out, columns)
        weight = 1.0 if weights is None else weights[target].iloc[rows].to_numpy()[:, None]
        pushes.append(push)
        best.append(column)
        strengths.append(np.where(push >= MIN_CONTRIBUTION, push * weight, -np.inf))
    strength = _once_each(np.stack(strengths))
    n, c = strength.shape[1:]
    flat = strength.transpose(1, 0, 2).reshape(n, -1)
    top = np.argsort(-flat, axis=1, kind="stable")[:, :MAX_REASONS]
    row, place = np.nonzero(np.isfinite(np.take_along_axis(flat, top, axis=1)))
    target_no, concept_no = np.divmod(top[row, place], c)
    return pd.DataFrame(
        {
            "row": row + rows.start,
            RANK: place + 1,
            TARGET: np.array(present, dtype=object)[target_no],
            "column": np.stack(best)[target_no, row, concept_no],
            CONTRIBUTION: np.stack(pushes)[target_no, row, concept_no],
        }
    )


def _bears_out(
    values: pd.DataFrame, peers: PeerGroups, rows: slice, columns: _Columns
) -> npt.NDArray[np.bool_]:
    """Return where a value is known and worse than the peers' median (or just far from it)."""
    medians = peers.medians[peers.codes[rows]]
    gap = values.to_numpy(dtype=float) - medians
    harmful = np.where(columns.signs == 0, np.abs(gap), gap * columns.signs)
    return harmful > MIN_GAP * np.abs(medians)


def _by_concept(
    phi: Floats, bears_out: npt.NDArray[np.bool_], columns: _Columns
) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Return, rows × concepts, the net push and the column that shows it best."""
    count = int(columns.concepts.max()) + 1
    push = np.full((len(phi), count), -np.inf)
    best = np.zeros((len(phi), count), dtype=np.intp)
    shown = np.where(bears_out & (phi > 0), phi, -np.inf)
    for number in range(count):
        members = np.flatnonzero(columns.concepts == number)
        strongest = shown[:, members].argmax(axis=1)
        has_one = np.isfinite(shown[np.arange(len(phi)), members[strongest]])
        best[:, number] = members[strongest]
        push[has_one, number] = phi[:, members].sum(axis=1)[has_one]
    return push, best


def _once_each(strength: Floats) -> Floats:
    """Keep a concept for the target in which it weighs most, so that it is said once."""
    strongest = strength.argmax(axis=0)
    is_kept = np.arange(len(strength))[:, None, None] == strongest
    return np.where(is_kept, strength, -np.inf)


def _described(
    chosen: pd.DataFrame,
    values: pd.DataFrame,
    peers: PeerGroups,
    columns: _Columns,
    evidence: pd.DataFrame | None,
) -> pd.DataFrame:
    """Add value, peers, policies and evidence to the reasons picked."""
    rows, cols = chosen["row"].to_numpy(), chosen["column"].to_numpy()
    names = np.array(columns.names, dtype=object)
    policies = np.array([",".join(spec.policies) for spec in columns.specs], dtype=object)
    families = np.array([spec.family for spec in columns.specs], dtype=object)
    return pd.DataFrame(
        {
            ENTITY_ID: values.index.to_numpy()[rows],
            RANK: chosen[RANK].astype("int16"),
            TARGET: chosen[TARGET],
            FEATURE: names[cols],
            FAMILY: families[cols],
            CONTRIBUTION: chosen[CONTRIBUTION].astype("float32"),
            VALUE: values.to_numpy(dtype=float)[rows, cols],
            PEER_MEDIAN: peers.median_of(rows, cols),
            PEER_COUNT: peers.count_of(rows, cols),
            PEER_RANK: rank_among_peers(values, peers, rows, cols, columns.signs),
            POINTS_TO: policies[cols],
            EVIDENCE_ROWS: _evidence_rows(values.index[rows], names[cols], evidence),
            EVIDENCE_OF: _evidence_rows(values.index[rows], names[cols] + OF, evidence),
        }
    )


def _evidence_rows(
    entities: pd.Index, features: npt.NDArray[np.object_], evidence: pd.DataFrame | None
) -> pd.Series:
    counts = pd.Series(np.nan, index=range(len(entities)))
    if evidence is not None:
        row = evidence.index.get_indexer(entities)
        column = evidence.columns.get_indexer(pd.Index(features))
        known = (row >= 0) & (column >= 0)
        counts[known] = evidence.to_numpy(dtype=float)[row[known], column[known]]
    return counts.astype("Int64")


def _empty() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=object) for name in REASON_COLUMNS}).astype(
        {
            RANK: "int16",
            CONTRIBUTION: "float32",
            VALUE: float,
            PEER_MEDIAN: float,
            PEER_COUNT: "int64",
            PEER_RANK: "int64",
            EVIDENCE_ROWS: "Int64",
            EVIDENCE_OF: "Int64",
        }
    )
