"""Declarations of the graph's features."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from analytics.columns import ENTITY_TYPES, EntityType
from analytics.features.catalog import specs as plain_specs
from analytics.features.spec import Direction, FeatureSpec, Unit

NAME: Final = "graph"
LINKED, BUYERS, SALES, SHOWN, LISTING = "linked", "buyers", "sales", "shown", "listing"
SIBLINGS = "siblings"


@dataclass(frozen=True)
class Ties:
    """How entities of one type are tied by a relation.

    Attributes:
        others: Whom it is tied to, in the plural, as a sentence names them.
        kinds: Aggregates of the others' features that are worth having.
        policies: What confirmed violations among them point to.
    """

    others: str
    kinds: tuple[str, ...]
    policies: tuple[str, ...] = ()


MEAN, MOST, SPREAD, GAP, AROUND = "mean", "most", "spread", "gap", "around"
KINDS: Final = (MEAN, MOST, SPREAD, GAP, AROUND)
TIES: Final[Mapping[EntityType, Mapping[str, Ties]]] = {
    "merchant": {
        LINKED: Ties("linked accounts", KINDS, ("M8",)),
        BUYERS: Ties("shops with the same buyers", KINDS, ("M4", "M5")),
        SALES: Ties("creators who sell for it", KINDS),
        LISTING: Ties("products it lists", (MOST, SPREAD, GAP)),
    },
    "product": {
        SHOWN: Ties("creators who show it", KINDS),
        LISTING: Ties("shop that lists it", (GAP, AROUND)),
    },
    "creator": {
        LINKED: Ties("linked accounts", KINDS, ("C9",)),
        SALES: Ties("shops it sells for", KINDS),
        SHOWN: Ties("products it shows", KINDS),
    },
}
NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    LINKED: ("links",),
    BUYERS: ("orders.buyer_id",),
    SALES: ("orders.creator_id", "creators"),
    SHOWN: ("content_products", "contents", "creators", "products"),
    LISTING: ("products",),
    SIBLINGS: ("products",),
}


@dataclass(frozen=True)
class Attribute:
    """A plain feature that is looked at among those whom an entity is tied to."""

    feature: str
    label: str
    unit: Unit
    direction: Direction
    relations: tuple[str, ...]


_ALL = (LINKED, BUYERS, SALES, SHOWN, LISTING)
ATTRIBUTES: Final[Mapping[str, Attribute]] = {
    "defect": Attribute("defect_rate_shrunk", "defect rate", "share", "higher_is_worse", _ALL),
    "refund": Attribute("refund_90d", "refund rate", "share", "higher_is_worse", _ALL),
    "age": Attribute("account_age", "age", "days", "neutral", (LINKED,)),
}
# Aggregate → label, sentence, what it is.
_TEXTS: Final = {
    MEAN: ("mean", "The mean {label} of {others} is {{value}}", "Weighted mean"),
    MOST: ("highest", "The highest {label} of {others} is {{value}}", "Maximum"),
    SPREAD: ("spread", "The {label} of {others} differs by {{value}}", "Standard deviation"),
    GAP: ("difference", "Its own {label} less that of {others} is {{value}}", "Own less the mean"),
    AROUND: ("two hops", "The {label} around it, over {others}, is {{value}}", "Two-hop mean"),
}
CONFIRMED_SHARE, CONFIRMED_AROUND = "confirmed_share_near", "confirmed_share_around"
CONFIRMED_WALK, CONFIRMED_REACH = "confirmed_walk", "confirmed_reach"
RANK, CLUSTERING = "graph_rank", "linked_clustering"


def ties_name(relation: str) -> str:
    """Name of the number of others that a relation ties an entity to."""
    return f"{relation}_ties"


def confirmed_name(relation: str) -> str:
    """Name of the number of confirmed violators among them."""
    return f"confirmed_{relation}"


def aggregate_name(relation: str, attribute: str, kind: str) -> str:
    """Name of an aggregate over them."""
    return f"{relation}_{attribute}_{kind}"


def _declared(entity: EntityType) -> Iterator[FeatureSpec]:
    for relation, ties in TIES[entity].items():
        if (entity, relation) != ("product", LISTING):  # one shop lists it
            yield _ties(entity, relation, ties)
        yield _confirmed(entity, relation, ties)
        for short, attribute in ATTRIBUTES.items():
            if relation in attribute.relations:
                for kind in ties.kinds:
                    yield _aggregate(entity, relation, ties, short, kind)
    if entity == "product":
        yield _confirmed(entity, SIBLINGS, Ties("products of the same shop", (), ("P3", "P8")))
    if LINKED in TIES[entity]:
        yield _spec(
            entity, CLUSTERING, "Links closed to triangles", "share", "neutral",
            "{value} of the pairs it is linked to are linked themselves",
            "Local clustering coefficient among accounts with values in common.", NEEDS[LINKED],
        )  # fmt: skip
    yield _spec(
        entity, RANK, "Place in the graph", "ratio", "neutral",
        "A walk through the marketplace comes by {value} times as often as by others",
        "PageRank (damping .85) over all ties, times the number of nodes.", (),
    )  # fmt: skip
    yield from _near(entity)


def _near(entity: EntityType) -> Iterator[FeatureSpec]:
    texts: dict[str, tuple[str, Unit, str, str]] = {
        CONFIRMED_SHARE: (
            "Confirmed among its ties", "share",
            "{value} of the decided among its ties were confirmed, adjusted for their number",
            "Smoothed share of confirmed violations among decided neighbours, strength 5.",
        ),
        CONFIRMED_AROUND: (
            "Confirmed within two hops", "share",
            "{value} of the decided within two hops were confirmed, adjusted for their number",
            "The same over two hops, those of few ties counting more, strength .05.",
        ),
        CONFIRMED_WALK: (
            "Walks from confirmed violators", "share",
            "{value} of the walks that come by from decided cases begin at a confirmed one",
            "Personalised PageRank from confirmed violations over that from all decided, "
            "damping .5.",
        ),
        CONFIRMED_REACH: (
            "Nearness to confirmed violators", "ratio",
            "Walks from confirmed violators come by {value} times as often as by others",
            "Personalised PageRank from confirmed violations, damping .5, times the number of "
            "nodes.",
        ),
    }  # fmt: skip
    for name, (label, unit, template, text) in texts.items():
        text += " Out of fold: an entity's own decision is in none of it."
        yield _spec(
            entity, name, label, unit, "higher_is_worse", template, text, ("past_decisions",)
        )


def _ties(entity: EntityType, relation: str, ties: Ties) -> FeatureSpec:
    return _spec(
        entity, ties_name(relation), f"Number of {ties.others}", "count", "neutral",
        f"It is tied to {{value}} {ties.others}",
        f"Number of {ties.others} in the graph; what more than 100 share ties nobody.",
        NEEDS[relation],
    )  # fmt: skip


def _confirmed(entity: EntityType, relation: str, ties: Ties) -> FeatureSpec:
    name = confirmed_name(relation)
    return FeatureSpec(
        name=name,
        entity=entity,
        family=NAME,
        label=f"Confirmed violations: {ties.others}",
        unit="count",
        direction="higher_is_worse",
        template=f"Confirmed violations among {ties.others}: {{value}}",
        description=f"Number of {ties.others} whose last decision was a violation.",
        needs=(*NEEDS[relation], "past_decisions"),
        policies=ties.policies,
        evidence=f"{entity}.{name}",
    )


def _aggregate(entity: EntityType, relation: str, ties: Ties, short: str, kind: str) -> FeatureSpec:
    attribute = ATTRIBUTES[short]
    label, template, what = _TEXTS[kind]
    needs = next((s.needs for s in plain_specs(entity) if s.name == attribute.feature), ())
    return _spec(
        entity,
        aggregate_name(relation, short, kind),
        f"{attribute.label.capitalize()} of {ties.others}: {label}",
        attribute.unit,
        attribute.direction if kind in (MEAN, MOST, AROUND) else "neutral",
        template.format(label=attribute.label, others=ties.others),
        f"{what} of the {attribute.label} (`{attribute.feature}`) of {ties.others}.",
        tuple(dict.fromkeys((*NEEDS[relation], *needs))),
    )


def _spec(
    entity: EntityType, name: str, label: str, unit: Unit, direction: Direction,
    template: str, description: str, needs: tuple[str, ...],
) -> FeatureSpec:  # fmt: skip
    return FeatureSpec(
        name, entity, NAME, label, unit, direction, template, description, needs=needs
    )


SPECS: Final = tuple(spec for entity in ENTITY_TYPES for spec in _declared(entity))
