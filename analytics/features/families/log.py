"""Counts of events in the behaviour log."""

from analytics.columns import EntityType
from analytics.features.declare import Feature, Shown, Source, Value, declare, within
from analytics.features.sources import LOG, PRODUCT_LOG
from analytics.features.spec import Direction

_PAYOUT = ("payout_changed", "bank_changed")
_DEVICES = ("device_added", "login_new_device", "login_device")
_CHANGES = (*_PAYOUT, "address_changed", "ownership_changed", "phone_changed")
_SANCTIONS = ("warned", "warning", "limited", "suspended", "delisted", "banned")
_PAPERS = ("qualification_expired", "qualification_rejected")
_FAKE = ("fake", "counterfeit", "not_authentic", "copy")
_MERCHANT: tuple[EntityType, ...] = ("merchant",)
_PRODUCT: tuple[EntityType, ...] = ("merchant", "product")
_CREATOR: tuple[EntityType, ...] = ("creator",)
_ACCOUNT: tuple[EntityType, ...] = ("merchant", "creator")


def _count(
    name: str,
    kinds: tuple[str, ...],
    label: str,
    template: str,
    *,
    windows: tuple[int | None, ...],
    entities: tuple[EntityType, ...],
    policies: tuple[str, ...] = (),
    source: Source = LOG,
    topics: tuple[str, ...] = (),
    family: str = "account",
    direction: Direction = "higher_is_worse",
) -> tuple[Feature, ...]:
    """Declare the number of events of some kinds (and topics of their payload)."""

    def is_one(rows):  # type: ignore[no-untyped-def]
        is_kind = rows.kind.isin(kinds)
        return is_kind & rows.topic.isin(topics) if topics else is_kind

    about = f" with the topic {' or '.join(topics)}" if topics else ""
    return declare(
        name,
        source=source,
        formula=Value(lambda t, w: t.count(where=within(w, is_one(t))), empty=0),
        family=family,
        label=label,
        unit="count",
        direction=direction,
        template=template,
        description=f"Events {', '.join(kinds)}{about}.",
        windows=windows,
        entities=entities,
        policies=policies,
        shown=Shown(is_one, (), label),
    )


FEATURES = (
    *_count(
        "payout_changes",
        _PAYOUT,
        "Payout changes",
        "The payout account changed {value} times {period}",
        windows=(90,),
        entities=_ACCOUNT,
        policies=("M3", "M8", "C9"),
    ),
    *_count(
        "device_events",
        _DEVICES,
        "New devices",
        "{value} new devices were used {period}",
        windows=(30,),
        entities=_ACCOUNT,
        policies=("M8", "C9"),
    ),
    *_count(
        "account_changes",
        _CHANGES,
        "Changes of the account",
        "Payout account, address, phone or owner changed {value} times {period}",
        windows=(90,),
        entities=_ACCOUNT,
        policies=("M3", "M8", "C9"),
    ),
    *_count(
        "sanctions",
        _SANCTIONS,
        "Earlier sanctions",
        "It was warned, limited, suspended or delisted {value} times {period}",
        windows=(None,),
        entities=_ACCOUNT,
        policies=("M2", "M8", "C1", "C9"),
    ),
    *_count(
        "expired_qualifications",
        _PAPERS,
        "Expired or rejected qualifications",
        "{value} qualifications expired or were rejected {period}",
        windows=(None,),
        entities=_MERCHANT,
        policies=("M1",),
    ),
    *_count(
        "vouchers",
        ("voucher_issued",),
        "Vouchers",
        "{value} vouchers were issued {period}",
        windows=(30,),
        entities=_MERCHANT,
        policies=("M6",),
        direction="neutral",
    ),
    *_count(
        "complaints",
        ("complaint",),
        "Complaints",
        "Buyers complained {value} times {period}",
        windows=(90,),
        entities=_PRODUCT,
        policies=("M9", "P7"),
        source=PRODUCT_LOG,
        family="complaints",
    ),
    *_count(
        "fake_complaints",
        ("complaint",),
        "Complaints about fakes",
        "Buyers complained about a fake {value} times {period}",
        windows=(None,),
        entities=_PRODUCT,
        policies=("M3", "P3"),
        source=PRODUCT_LOG,
        topics=_FAKE,
        family="complaints",
    ),
    *_count(
        "rights_claims",
        ("rights_claim",),
        "Claims of rights owners",
        "Rights owners claimed {value} times {period}",
        windows=(None,),
        entities=_PRODUCT,
        policies=("P3", "P4", "P5"),
        source=PRODUCT_LOG,
        family="complaints",
    ),
    *_count(
        "delistings",
        ("delisted", "suspended", "banned"),
        "Earlier delistings",
        "Listings were taken down {value} times {period}",
        windows=(None,),
        entities=_PRODUCT,
        policies=("M8", "P1", "P8"),
        source=PRODUCT_LOG,
    ),
    *_count(
        "title_changes",
        ("title_changed",),
        "Title changes",
        "The title changed {value} times {period}",
        windows=(90,),
        entities=("product",),
        policies=("P8",),
        source=PRODUCT_LOG,
        family="catalogue",
        direction="neutral",
    ),
    *_count(
        "stock_outs",
        ("stock_out",),
        "Stock-outs",
        "Stock ran out {value} times {period}",
        windows=(90,),
        entities=_PRODUCT,
        policies=("M2",),
        source=PRODUCT_LOG,
        family="catalogue",
    ),
    *_count(
        "viewer_reports",
        ("viewer_report",),
        "Reports by viewers",
        "Viewers reported it {value} times {period}",
        windows=(90,),
        entities=_CREATOR,
        policies=("C1", "C3", "C4", "C7"),
        family="complaints",
    ),
    *_count(
        "misleading_reports",
        ("viewer_report",),
        "Reports of misleading claims",
        "Viewers reported misleading claims {value} times {period}",
        windows=(None,),
        entities=_CREATOR,
        policies=("C1",),
        topics=("misleading", "health_claim"),
        family="complaints",
    ),
    *_count(
        "fake_live_reports",
        ("viewer_report",),
        "Reports of fake livestreams",
        "Viewers reported a fake livestream {value} times {period}",
        windows=(None,),
        entities=_CREATOR,
        policies=("C3",),
        topics=("fake_live", "pre_recorded"),
        family="complaints",
    ),
    *_count(
        "outside_reports",
        ("viewer_report",),
        "Reports of payment outside",
        "Viewers reported payment outside the marketplace {value} times {period}",
        windows=(None,),
        entities=_CREATOR,
        policies=("C4",),
        topics=("outside_payment", "off_platform"),
        family="complaints",
    ),
    *_count(
        "follower_jumps",
        ("followers_jumped",),
        "Jumps of followers",
        "Followers jumped {value} times {period}",
        windows=(90,),
        entities=_CREATOR,
        policies=("C5",),
        family="traffic",
    ),
)
