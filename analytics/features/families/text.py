"""Words in reviews, transcripts and listings."""

import ibis.expr.types as ir

from analytics.features.declare import Feature, Rate, Shown, Value, declare
from analytics.features.sources import CONTENTS, LISTINGS, REVIEWS, SHOWN_IN


def _said(
    name: str, words: str, label: str, text: str, policies: tuple[str, ...]
) -> tuple[Feature, ...]:
    """Declare whether a product's title or description has a term of one list."""

    def said(rows: ir.Table) -> ir.BooleanValue:
        return rows[name]

    return declare(
        name,
        source=LISTINGS,
        formula=Value(lambda t, w: t[name].cast("int64").max()),
        family="text",
        label=label,
        unit="number",
        template=f"Whether the listing {text}: {{value}} (1 yes, 0 no)",
        description=f"Whether title or description has a term of the list {words}. Known from the "
        "export on.",
        windows=None,
        entities=("product",),
        policies=policies,
        shown=Shown(said),
        is_actionable=True,
        is_point_in_time=False,
    )


FEATURES = (
    *declare(
        "off_platform_review",
        source=REVIEWS,
        formula=Rate(lambda t: t.says_off_platform, among=lambda t: t.has_text),
        family="text",
        label="Reviews that mention contact outside",
        template="{value} of review texts {period} mention contact or payment outside the "
        "marketplace, adjusted for volume",
        description="Review texts with a term of the lexicon's list off_platform, over reviews "
        "with text. Shrunk towards the category.",
        needs=("reviews.text",),
        policies=("M7", "C4"),
        windows=(None,),
        entities=(
            "merchant",
            "product",
        ),
    ),
    *declare(
        "off_platform_content",
        source=CONTENTS,
        formula=Rate(lambda t: t.says_off_platform),
        family="text",
        label="Contents that lead outside",
        template="{value} of contents {period} mention contact or payment outside the marketplace, "
        "adjusted for volume",
        description="Videos and livestreams with a term of the list off_platform in title or "
        "transcript, over all. Shrunk towards all creators of the category.",
        entities=("creator",),
        windows=(30, None),
        policies=("C4",),
        is_actionable=True,
    ),
    *declare(
        "health_claim",
        source=CONTENTS,
        formula=Rate(lambda t: t.says_health),
        family="text",
        label="Contents with health claims",
        template="{value} of contents {period} make a health claim, adjusted for volume",
        description="Videos and livestreams with a term of the list health_claims, over all. "
        "Shrunk towards the category.",
        policies=("C1",),
        is_actionable=True,
        windows=(None,),
        entities=("creator",),
    ),
    *declare(
        "absolute_claim",
        source=CONTENTS,
        formula=Rate(lambda t: t.says_absolute),
        family="text",
        label="Contents with absolute claims",
        template="{value} of contents {period} promise absolutely, adjusted for volume",
        description="Videos and livestreams with a term of the list absolute_claims, over all. "
        "Shrunk towards the category.",
        entities=("creator",),
        windows=(None,),
        policies=("C1",),
        is_actionable=True,
    ),
    *declare(
        "health_promise",
        source=CONTENTS,
        formula=Rate(lambda t: t.says_both),
        family="text",
        label="Contents that promise a cure",
        template="{value} of contents {period} join a health claim and an absolute promise, "
        "adjusted for volume",
        description="Videos and livestreams with terms of both health_claims and absolute_claims, "
        "over all. Shrunk towards the category.",
        entities=("creator",),
        windows=(None,),
        policies=("C1",),
        is_actionable=True,
    ),
    *declare(
        "chance_content",
        source=CONTENTS,
        formula=Rate(lambda t: t.says_chance),
        family="text",
        label="Contents with games of chance",
        template="{value} of contents {period} sell by chance, adjusted for volume",
        description="Videos and livestreams with a term of the list games_of_chance, over all. "
        "Shrunk towards the category.",
        policies=("C7",),
        is_actionable=True,
        windows=(None,),
        entities=("creator",),
    ),
    *declare(
        "claims_around",
        source=SHOWN_IN,
        formula=Rate(lambda t: t.says_claim),
        family="text",
        label="Claims in contents that show it",
        template="{value} of contents {period} that show its products make a health or absolute "
        "claim, adjusted for volume",
        description="Videos and livestreams that show the product (the merchant's products) with "
        "a term of health_claims or absolute_claims, over all that do. Shrunk towards the "
        "category.",
        entities=("merchant", "product"),
        windows=(None,),
        policies=("P6",),
    ),
    *declare(
        "off_platform_listing",
        source=LISTINGS,
        formula=Rate(lambda t: t.says_off_platform, among=lambda t: t.says_off_platform.notnull()),
        family="text",
        label="Listings that lead outside",
        template="{value} of listings mention contact or payment outside the marketplace, adjusted "
        "for volume",
        description="Titles and descriptions with a term of the list off_platform. Known from the "
        "export on. Shrunk towards the category.",
        windows=None,
        entities=("merchant",),
        policies=("M7",),
        is_actionable=True,
        is_point_in_time=False,
    ),
    *_said(
        "says_off_platform",
        "off_platform",
        "Leads outside",
        "mentions contact or payment outside the marketplace",
        ("P8",),
    ),
    *_said("says_health", "health_claims", "Health claim", "makes a health claim", ("P6",)),
    *_said("says_absolute", "absolute_claims", "Absolute claim", "promises absolutely", ("P6",)),
    *_said("says_imitation", "imitation", "Words of imitation", "speaks of a copy", ("P3", "P5")),
)
