"""Declarations of the features of content."""

from collections.abc import Sequence
from typing import Final

from analytics.columns import EntityType
from analytics.features.spec import Direction, FeatureSpec, Unit

FAMILY: Final = "content"

_TITLES: Final = ("products.title",)
_TRANSCRIPTS: Final = ("contents.transcript",)
_SHRUNK: Final = " Shrunk towards all {}s."
_COPY: Final = (
    "A listing copies an earlier one of another merchant if title or description are "
    "nearly the same (Jaccard similarity of runs of four letters at least 0.8)."
)


def _spec(
    entity: EntityType,
    name: str,
    label: str,
    template: str,
    description: str,
    *,
    policies: Sequence[str] = (),
    needs: tuple[str, ...] = _TITLES,
    unit: Unit = "share",
    direction: Direction = "higher_is_worse",
    has_rows: bool = True,
    is_actionable: bool = False,
    is_point_in_time: bool = False,
) -> FeatureSpec:
    shrunk = _SHRUNK.format(entity) if unit == "share" else ""
    export = "" if is_point_in_time else " Known from the export on."
    return FeatureSpec(
        name=name,
        entity=entity,
        family=FAMILY,
        label=label,
        unit=unit,
        direction=direction,
        template=template,
        description=description + export + shrunk,
        needs=needs,
        policies=tuple(policies),
        evidence=f"{entity}.{name}" if has_rows else None,
        is_actionable=is_actionable,
        is_point_in_time=is_point_in_time,
    )


PRODUCT: Final = (
    _spec(
        "product",
        "listing_copies",
        "Listings of others that are the same",
        "{value} listings of other merchants are nearly the same",
        "Listings of other merchants whose title or description is nearly the same. Honest "
        "sellers of one product have them, too, so this alone speaks for nothing.",
        unit="count",
        direction="neutral",
    ),
    _spec(
        "product",
        "copy_price_ratio",
        "Price against the original",
        "It copies an earlier listing of another merchant at {value} × its price",
        f"{_COPY} Its price over that of the earliest such listing; empty where it copies none.",
        unit="ratio",
        direction="lower_is_worse",
        policies=("P3", "P5"),
    ),
    _spec(
        "product",
        "disguised_words",
        "Words in disguise",
        "{value} words of the listing are written to pass a filter",
        "Words of title and description that mix in letters of other scripts which look alike, "
        "invisible characters or letters in boxes, and terms of imitation written with digits "
        "and signs or letter by letter. Contacts in disguise count for the merchant alone.",
        unit="count",
        policies=("P3",),
        is_actionable=True,
    ),
    _spec(
        "product",
        "picture_copies",
        "Listings of others with the same picture",
        "{value} listings of other merchants show the same picture",
        "Listings of other merchants whose picture has a PDQ hash that differs in at most 31 of "
        "256 bits.",
        unit="count",
        policies=("P4",),
        needs=("products.image_path",),
    ),
)

MERCHANT: Final = (
    _spec(
        "merchant",
        "copied_listing_share",
        "Listings copied from others",
        "{value} of the listings copy an earlier one of another merchant, adjusted for volume",
        f"{_COPY} Share of the listings with a text.",
        direction="neutral",
    ),
    _spec(
        "merchant",
        "cheaper_copy_share",
        "Copied listings that are cheaper",
        "{value} of the listings copy an earlier one of another merchant and cost at least a tenth "
        "less, adjusted for volume",
        f"{_COPY} Those at 90 % of its price or less, as a share of the listings with a text.",
        policies=("M8",),
    ),
    _spec(
        "merchant",
        "copied_from_one",
        "Catalogue copied from one merchant",
        "{value} of the listings copy earlier ones of one and the same merchant, adjusted for "
        "volume",
        f"{_COPY} Those that copy the merchant copied most, where they are two or more, as a share "
        "of the listings with a text.",
        policies=("M8",),
    ),
    _spec(
        "merchant",
        "disguised_listing_share",
        "Listings with words in disguise",
        "{value} of the listings have words written to pass a filter, adjusted for volume",
        "Listings with words in disguise (see the product's), contacts outside of the marketplace "
        "among them, as a share of those with a text.",
        policies=("M7",),
        is_actionable=True,
    ),
    _spec(
        "merchant",
        "picture_copy_share",
        "Pictures that others showed first",
        "{value} of the pictures were shown earlier by another merchant, adjusted for volume",
        "Listings whose picture an earlier listing of another merchant shows (see the product's) "
        "as a share of those with a usable picture.",
        policies=("M8",),
        needs=("products.image_path",),
    ),
)

CREATOR: Final = (
    _spec(
        "creator",
        "copied_transcript_share",
        "Transcripts copied from others",
        "{value} of the transcripts nearly repeat an earlier one of another creator, adjusted for "
        "volume",
        "Transcripts of 80 characters or more that are nearly the same (Jaccard similarity of runs "
        "of four letters at least 0.8) as an earlier one of another creator, as a share of those "
        "of that length. Creators of one agency lawfully share scripts.",
        direction="neutral",
        policies=("C3", "C9"),
        needs=_TRANSCRIPTS,
        is_point_in_time=True,
    ),
    _spec(
        "creator",
        "repeated_transcript_share",
        "Transcripts nearly repeated",
        "{value} of the transcripts nearly repeat an earlier one of the creator, adjusted for "
        "volume",
        "The same with an earlier one of the creator's own.",
        policies=("C3",),
        needs=_TRANSCRIPTS,
        is_point_in_time=True,
    ),
    _spec(
        "creator",
        "disguised_content_share",
        "Contents with words in disguise",
        "{value} of the contents have words written to pass a filter, adjusted for volume",
        "Videos and livestreams with terms of the lexicon's list off_platform in disguise, in "
        "title or transcript, as a share of all.",
        policies=("C4",),
        needs=_TRANSCRIPTS,
        is_actionable=True,
        is_point_in_time=True,
    ),
)

_LIKE: Final[dict[EntityType, tuple[str, tuple[str, ...], bool, dict[str, str]]]] = {
    "merchant": (
        "reviews",
        ("reviews.text",),
        True,
        {"M5": "review manipulation", "M7": "diversion off the marketplace"},
    ),
    "product": (
        "title and description",
        _TITLES,
        False,
        {
            "P1": "prohibited products",
            "P3": "counterfeits",
            "P5": "knock-offs",
            "P6": "misleading claims",
            "P8": "spam listings",
        },
    ),
    "creator": (
        "titles and transcripts",
        _TRANSCRIPTS,
        True,
        {"C1": "misleading claims", "C4": "redirected traffic", "C7": "games of chance"},
    ),
}

TEXT_POLICIES: Final = {entity: tuple(like[3]) for entity, like in _LIKE.items()}
"""Violations that are committed in words: those of reviews, of listings, and what creators say."""


def score_name(policy: str) -> str:
    """Return the name of the feature with the text score of a policy."""
    return f"text_{policy.lower()}"


def _scores(entity: EntityType) -> tuple[FeatureSpec, ...]:
    texts, needs, is_dated, policies = _LIKE[entity]
    return tuple(
        _spec(
            entity,
            score_name(code),
            f"Words like {what}",
            f"The words are like those of confirmed cases of {what}: {{value}} on a scale from 0 "
            "to 1",
            f"Likeness of {texts} to those of confirmed violations of {code}, by a model of words "
            "and character n-grams trained on the decisions known then, an entity's own left out. "
            "Empty where decisions are too few or their texts have nothing in common.",
            unit="number",
            policies=(code,),
            needs=(*needs, "past_decisions"),
            is_point_in_time=is_dated,
        )
        for code, what in policies.items()
    )


SPECS: Final = (
    *MERCHANT,
    *_scores("merchant"),
    *PRODUCT,
    *_scores("product"),
    *CREATOR,
    *_scores("creator"),
)
