"""Reads of rings: the stored ones, joined with the scores when they are read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, get_args

import pandas as pd

from analytics.columns import ENTITY_ID, ENTITY_TYPE, EntityType
from analytics.errors import NotFoundError
from analytics.warehouse import rings_sql as sql
from analytics.warehouse.reader import Models, Reader

RingOrder = Literal["weighed", "harm", "suspicion"]
RING_ORDERS: Final[tuple[RingOrder, ...]] = get_args(RingOrder)
HeldBy = Literal["anything", "hidden", "open"]
HELD_BY: Final[tuple[HeldBy, ...]] = get_args(HeldBy)
MOST_EDGES: Final = 3_000
MOST_NEIGHBOURS: Final = 120


@dataclass(frozen=True)
class RingFilters:
    """Which rings are shown. Empty choices mean all.

    Attributes:
        kind: Relations of which at least one must hold the ring.
        held_by: Whether something that nobody shows openly must hold it, or nothing may.
        min_size: Fewest sellers, creators and products.
        undecided: Only rings of which nobody is confirmed.
        text: Part of the ring's name, or of a member's name or id, case ignored.
        order: By expected harm, by suspicion (the score of `profile_rings`: how surely the members
            are one by what nobody shows, and how many of them were confirmed by past decisions), or
            by their product, so that a family of large shops does not come first.
    """

    kind: tuple[str, ...] = ()
    held_by: HeldBy = "anything"
    min_size: int = 2
    undecided: bool = False
    text: str = ""
    order: RingOrder = "weighed"


class Network(NamedTuple):
    """What is drawn of a neighbourhood.

    Attributes:
        nodes: entity_type, entity_id, name, violation_probability, expected_harm, harm_unit, ring,
            confirmed; the entity in the middle first, then the most strongly tied.
        edges: entity_type, entity_id, other_type, other_id, relation, value, sharers, weight,
            first_seen, last_seen; each tie once.
        neighbours: How many there are, drawn or not.
    """

    nodes: pd.DataFrame
    edges: pd.DataFrame
    neighbours: int


class Rings:
    """Reads rings of one snapshot after the other; a part of `Warehouse`.

    Every method raises NotFoundError where the snapshot stores no rings: another version built it,
    or its dataset has nothing that ties anybody.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def are_stored(self, snapshot_id: str, models: Models) -> bool:
        """Whether the snapshot has rings to read."""
        return self._file(snapshot_id, models, "rings") is not None

    def ranked(
        self,
        snapshot_id: str,
        models: Models,
        filters: RingFilters | None = None,
        decided: pd.DataFrame | None = None,
    ) -> pd.DataFrame:
        """Rings in the order of the filters, money before severity where harm counts.

        Args:
            snapshot_id: Of rings and scores.
            models: Of the scores.
            filters: Which rings.
            decided: entity_type, entity_id, label (1 or 0): what was decided since, which counts
                instead of the past decisions.

        Returns:
            ring, size, buyers, merchants, products, creators, expected_harm, harm_unit, exposure
            (GMV at risk), mean_risk, score (see `profile_rings`), kinds (relations, strongest
            first), cohesion, hidden_cohesion, density, expected_density, oldest_tie, newest_tie,
            age_days, decided, confirmed (members), previous_size (0: new), joined, left,
            merged_from, split_from.
        """
        filters = filters or RingFilters()
        paths = self._paths(snapshot_id, models, "rings", "members")
        found = self._reader.on_scores(snapshot_id, models, sql.RANKED, **paths)
        found["kinds"] = found["kinds"].map(list)
        if decided is not None:
            everyone = self._reader.query(sql.EVERYONE, members=paths["members"])
            found = _recounted(found, everyone, decided)
        kept = _matches(found, filters)
        if filters.text.strip():
            members = {"members": paths["members"], "text": filters.text.strip()}
            named = self._reader.on_scores(snapshot_id, models, sql.NAMED, **members)
            kept &= found["ring"].isin(named["ring"])
        return _ordered(found[kept], filters.order)

    def kinds(self, snapshot_id: str, models: Models) -> list[str]:
        """Relations that hold any ring, the most frequent first."""
        counts = self.ranked(snapshot_id, models)["kinds"].explode().value_counts()
        return [str(kind) for kind in counts.index]

    def ring(self, snapshot_id: str, models: Models, ring: str) -> dict[str, Any]:
        """One row of `ranked`; raises `NotFoundError` if the snapshot has no such ring."""
        found = self.ranked(snapshot_id, models)
        rows = found[found["ring"] == ring].to_dict("records")
        if not rows:
            raise NotFoundError(
                f"There is no ring {ring!r} in snapshot {snapshot_id}.",
                hint="It may have fallen apart, or have got the name of one that it joined.",
            )
        return {str(name): value for name, value in rows[0].items()}

    def members(self, snapshot_id: str, models: Models, ring: str) -> pd.DataFrame:
        """Who stands in a ring, most harm first, buyers last.

        Returns:
            ring, entity_type, entity_id, name, category, tie, hidden_tie, joined_at, rarest,
            confirmed (1 or 0 by past decisions), violation_probability, expected_harm, harm_unit,
            gmv_at_risk, top_policy, rank.
        """
        paths = self._paths(snapshot_id, models, "members")
        return self._reader.on_scores(snapshot_id, models, sql.MEMBERS, ring=ring, **paths)

    def values(self, snapshot_id: str, models: Models, ring: str) -> pd.DataFrame:
        """What holds a ring: relation, value, holders, members, pairs, weight, first and last."""
        paths = self._paths(snapshot_id, models, "values")
        return self._reader.query(sql.VALUES, ring=ring, **paths)

    def edges(
        self, snapshot_id: str, models: Models, ring: str, limit: int = MOST_EDGES
    ) -> pd.DataFrame:
        """Ties within a ring, the strongest first; columns of `Network.edges`."""
        paths = self._paths(snapshot_id, models, "edges")
        return self._reader.query(sql.RING_EDGES, ring=ring, limit=limit, **paths)

    def ring_of(
        self, snapshot_id: str, models: Models, entity: EntityType, entity_id: str
    ) -> str | None:
        """The ring that an entity stands in; None if it stands in none."""
        paths = self._paths(snapshot_id, models, "members")
        found = self._reader.first(sql.RING_OF, entity=entity, id=entity_id, **paths)
        return None if found is None else str(found["ring"])

    def neighbourhood(
        self,
        snapshot_id: str,
        models: Models,
        entity: EntityType,
        entity_id: str,
        limit: int = MOST_NEIGHBOURS,
    ) -> Network:
        """Whom an entity is tied to, and what ties those to each other."""
        given = {"entity": entity, "id": entity_id, "limit": limit}
        paths = self._paths(snapshot_id, models, "edges", "members")
        nodes = self._reader.on_scores(snapshot_id, models, sql.NEIGHBOURS, **given, **paths)
        edges = self._reader.query(
            sql.AMONG,
            edges=paths["edges"],
            types=list(nodes[ENTITY_TYPE]),
            ids=list(nodes[ENTITY_ID]),
            limit=MOST_EDGES,
        )
        neighbours = nodes.pop("neighbours").max()
        return Network(nodes, edges, 0 if pd.isna(neighbours) else int(neighbours))

    def common(self, snapshot_id: str, models: Models, limit: int = 100) -> pd.DataFrame:
        """Values that too many share to link anybody: kind, value_hash, sharers."""
        paths = self._paths(snapshot_id, models, "common")
        return self._reader.query(sql.COMMON, limit=limit, **paths)

    def _paths(self, snapshot_id: str, models: Models, *tables: str) -> dict[str, str]:
        found = {table: self._file(snapshot_id, models, table) for table in tables}
        paths = {table: path for table, path in found.items() if path is not None}
        if len(paths) < len(tables):
            raise NotFoundError(
                f"Snapshot {snapshot_id} stores no rings.",
                hint="It was built by another version, or nothing in its data ties anybody: run "
                "`portreeve build`, and see the Data page for what the source lacks.",
            )
        return paths

    def _file(self, snapshot_id: str, models: Models, table: str) -> str | None:
        """Return the table that was written with the features that a model scored."""
        snapshot = self._reader.snapshot(snapshot_id)
        for model in models.values():
            version = str(self._reader.meta(snapshot_id, model).get("feature_version"))
            path = snapshot.signal_path(f"rings_{table}", version)
            if path.is_file():
                return str(path)
        return None


def _ordered(found: pd.DataFrame, order: RingOrder) -> pd.DataFrame:
    """Put rings, which come by harm, in another order."""
    if order == "suspicion":
        found = found.sort_values("score", ascending=False, kind="stable")
    elif order == "weighed":
        weighed = found.assign(_weighed=found["expected_harm"] * found["score"])
        found = weighed.sort_values(
            ["harm_unit", "_weighed"], ascending=[True, False], kind="stable", na_position="last"
        ).drop(columns="_weighed")
    return found.reset_index(drop=True)


def _recounted(found: pd.DataFrame, everyone: pd.DataFrame, decided: pd.DataFrame) -> pd.DataFrame:
    told = everyone.merge(decided, how="left", on=[ENTITY_TYPE, ENTITY_ID])
    outcome = told["label"].astype(float).fillna(told["confirmed"]).groupby(told["ring"])
    counts = {"decided": outcome.count(), "confirmed": outcome.sum().astype("int64")}
    return found.assign(**{name: found["ring"].map(count) for name, count in counts.items()})


def _matches(found: pd.DataFrame, filters: RingFilters) -> pd.Series:
    kept = found["size"] >= filters.min_size
    if filters.kind:
        kept &= found["kinds"].map(lambda kinds: not set(kinds).isdisjoint(filters.kind))
    if filters.held_by != "anything":
        kept &= (found["hidden_cohesion"] > 0) == (filters.held_by == "hidden")
    if filters.undecided:
        kept &= found["confirmed"] == 0
    return kept.astype(bool)


def known_by(network: Network, day: pd.Timestamp) -> Network:
    """Return the network without the ties first seen after a day, and without whom only they tie.

    Ties without a date are known from the beginning.
    """
    seen = network.edges["first_seen"]
    edges = network.edges[seen.isna() | (seen <= day)]
    ends: Sequence[Mapping[str, str]] = (
        {ENTITY_TYPE: ENTITY_TYPE, ENTITY_ID: ENTITY_ID},
        {"other_type": ENTITY_TYPE, "other_id": ENTITY_ID},
    )
    tied = pd.concat(edges[list(names)].rename(columns=dict(names)) for names in ends)
    keys = pd.MultiIndex.from_frame(network.nodes[[ENTITY_TYPE, ENTITY_ID]])
    kept = keys.isin(pd.MultiIndex.from_frame(tied))
    kept[:1] = True  # whom the neighbourhood is of
    return network._replace(nodes=network.nodes[kept].reset_index(drop=True), edges=edges)


def ties_of(network: Network, entity: str, entity_id: str) -> pd.DataFrame:
    """Return the ties of one node, the strongest first; `other_…` is the other end."""
    here, there = [ENTITY_TYPE, ENTITY_ID], ["other_type", "other_id"]
    edges = network.edges
    turned = edges.rename(columns=dict(zip([*here, *there], [*there, *here], strict=True)))
    both = pd.concat([edges, turned], ignore_index=True)
    own = both[(both[ENTITY_TYPE] == entity) & (both[ENTITY_ID] == entity_id)]
    return own.sort_values(["weight", *there], ascending=[False, True, True], ignore_index=True)
