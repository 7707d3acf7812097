"""Shared devices, accounts and addresses: one hop."""

from analytics.columns import EntityType
from analytics.features.declare import Rate, Shown, Value, declare, within
from analytics.features.sources import LINKED, LINKED_ORDERS

_BOTH: tuple[EntityType, ...] = ("merchant", "creator")
_PAYOUT = ("bank_account", "licence")

FEATURES = (
    *declare(
        "linked_entities",
        source=LINKED,
        formula=Value(lambda t, w: t.other_id.nunique(where=t.is_same_type), empty=0),
        family="links",
        label="Linked accounts",
        unit="count",
        template="{value} others of its kind share a device, account, phone or address with it",
        description="Other entities of the same type that share a link value; values that more "
        "than 100 share link nobody.",
        windows=None,
        entities=_BOTH,
        policies=("M8", "C9"),
        shown=Shown(lambda t: t.is_same_type),
    ),
    *declare(
        "linked_by_payout",
        source=LINKED,
        formula=Value(
            lambda t, w: t.other_id.nunique(where=t.is_same_type & t.kind.isin(_PAYOUT)), empty=0
        ),
        family="links",
        label="Accounts with the same bank account or licence",
        unit="count",
        template="{value} others share its bank account or licence",
        description="Other entities of the same type with the same bank account or licence.",
        windows=None,
        entities=_BOTH,
        policies=("M8", "M1", "C9"),
        shown=Shown(lambda t: t.is_same_type & t.kind.isin(_PAYOUT)),
    ),
    *declare(
        "linked_by_device",
        source=LINKED,
        formula=Value(
            lambda t, w: t.other_id.nunique(where=t.is_same_type & (t.kind == "device")), empty=0
        ),
        family="links",
        label="Accounts on the same device",
        unit="count",
        template="{value} others were used on the same device",
        description="Other entities of the same type with the same device.",
        windows=None,
        entities=_BOTH,
        policies=("M8", "C9"),
        shown=Shown(lambda t: t.is_same_type & (t.kind == "device")),
    ),
    *declare(
        "link_strength",
        source=LINKED,
        formula=Value(lambda t, w: t.weight.sum(), empty=0),
        family="links",
        label="Strength of links",
        unit="number",
        template="Its links to others of its kind add up to {value}",
        description="Sum over shared values and others of the same type of 1 / ln(number that "
        "share the value): a rare thing in common says more (Adamic and Adar 2003).",
        windows=None,
        entities=_BOTH,
        policies=("M8", "C9"),
        shown=Shown(lambda t: t.is_same_type),
    ),
    *declare(
        "link_kinds",
        source=LINKED,
        formula=Value(lambda t, w: t.kind.nunique(where=t.is_same_type), empty=0),
        family="links",
        label="Kinds of links",
        unit="count",
        template="It shares {value} kinds of things with others of its kind",
        description="Different kinds (device, bank account …) shared with entities of the same "
        "type: a warehouse shares an address, a ring shares more.",
        windows=None,
        entities=_BOTH,
        policies=("M8", "C9"),
        shown=Shown(lambda t: t.is_same_type),
    ),
    *declare(
        "flagged_links",
        source=LINKED,
        formula=Value(lambda t, w: t.other_id.nunique(where=t.is_flagged), empty=0),
        family="links",
        label="Links to sanctioned accounts",
        unit="count",
        template="{value} accounts that share something with it were sanctioned",
        description="Linked actors with a confirmed violation, or banned, suspended or delisted.",
        windows=None,
        entities=_BOTH,
        policies=("M8", "C9"),
        shown=Shown(lambda t: t.is_flagged),
    ),
    *declare(
        "linked_buyers",
        source=LINKED,
        formula=Value(lambda t, w: t.other_id.nunique(where=t.other_type == "buyer"), empty=0),
        family="links",
        label="Linked buyers",
        unit="count",
        template="{value} buyers share a device, account, phone or address with it",
        description="Buyers that share a link value with the entity.",
        windows=None,
        entities=_BOTH,
        policies=("M4", "C6"),
        shown=Shown(lambda t: t.other_type == "buyer"),
    ),
    *declare(
        "linked_order",
        source=LINKED_ORDERS,
        formula=Rate(lambda t: t.is_linked, among=lambda t: t.buyer_id.notnull()),
        family="links",
        label="Orders by linked buyers",
        template="{value} of orders {period} come from buyers who share something with it, "
        "adjusted for volume",
        description="Orders whose buyer shares a device, account, phone or address with the "
        "entity, over orders with a known buyer. Shrunk towards the category.",
        windows=(90,),
        entities=_BOTH,
        policies=("M4", "C6"),
        shown=Shown(lambda t: within(None, t.is_linked)),
    ),
)
