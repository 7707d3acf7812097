"""Declarations of the rings' features."""

from typing import Any, Final, Literal

from analytics.features.spec import FeatureSpec

FAMILY: Final = "rings"
Seller = Literal["merchant", "creator"]
_LINKED: Final = {"merchant": ("M8",), "creator": ("C9",)}


def _both(name: str, *, shown: bool = False, **declared: Any) -> tuple[FeatureSpec, ...]:
    return tuple(_of(entity, name, shown=shown, **declared) for entity in ("merchant", "creator"))


def _of(entity: Seller, name: str, *, shown: bool, **declared: Any) -> FeatureSpec:
    is_telling = declared.get("direction", "neutral") != "neutral"
    return FeatureSpec(
        name=name,
        entity=entity,
        family=FAMILY,
        policies=_LINKED[entity] if is_telling else (),
        evidence=f"{entity}.{name}" if shown else None,
        **declared,
    )


def _product(name: str, **declared: Any) -> FeatureSpec:
    return FeatureSpec(
        name=name,
        entity="product",
        family=FAMILY,
        direction="higher_is_worse",
        policies=("P3",),
        **declared,
    )


RING_SPECS: Final[tuple[FeatureSpec, ...]] = (
    *_both(
        "ring_others",
        label="Others in its ring",
        unit="count",
        direction="neutral",
        template="It stands in one ring with {value} other merchants and creators",
        description="Other merchants and creators of the ring that Leiden puts it in, whatever "
        "ties them; 0 for those in no ring.",
        shown=True,
    ),
    *_both(
        "ring_cohesion",
        label="How tightly its ring is tied",
        unit="share",
        direction="neutral",
        template="The pairs of its ring are tied to {value} on average",
        description="Mean weight of a tie over all pairs of its ring, between 0 and 1; 0 for those "
        "in no ring.",
    ),
    *_both(
        "ring_hidden_others",
        label="Others tied to its ring by what nobody shows",
        unit="count",
        direction="higher_is_worse",
        template="{value} others of its ring are tied together by devices, accounts or the like",
        description="Others of its ring with a tie in it that is not shown openly (address, phone, "
        "licence, sales and shows are); 0 where it has none itself.",
    ),
    *_both(
        "ring_hidden_tie",
        label="Hidden tie to its ring",
        unit="share",
        direction="higher_is_worse",
        template="A device, account or the like ties it to others of its ring, to {value}",
        description="1 − Π (1 − weight) over its ties within its ring that are not shown openly.",
        shown=True,
    ),
    *_both(
        "ring_rarest",
        label="Holders of the rarest value that ties it",
        unit="count",
        direction="lower_is_worse",
        template="Only {value} have the rarest value that it shares with its ring",
        description="Merchants and creators with the rarest value of a device, account or the like "
        "in common with its ring; empty where no such value ties it.",
        needs=("links",),
    ),
    *_both(
        "ring_joined_90d",
        label="New in its ring",
        unit="count",
        direction="higher_is_worse",
        window_days=90,
        template="{value} others came into its ring {period}, tied by what nobody shows",
        description="Others of its ring whose first tie in it that is not shown openly is that "
        "new; 0 where it has no such tie itself.",
    ),
    *_both(
        "ring_confirmed",
        label="Confirmed in its ring",
        unit="share",
        direction="higher_is_worse",
        template="{value} of the others in its ring were confirmed as violations",
        description="Share of the others in its ring whose last past decision says violation; its "
        "own decisions are left out; empty for those in no ring.",
        needs=("past_decisions",),
        shown=True,
    ),
    _product(
        "seller_ring_hidden_others",
        label="Others tied to its seller's ring",
        unit="count",
        template="Devices, accounts or the like tie its seller to a ring of {value} others",
        description="`ring_hidden_others` of the merchant that sells it.",
    ),
    _product(
        "seller_ring_confirmed",
        label="Confirmed in its seller's ring",
        unit="share",
        template="{value} of the others in its seller's ring were confirmed as violations",
        description="`ring_confirmed` of the merchant that sells it.",
        needs=("past_decisions",),
    ),
)
