"""Words in reviews, transcripts and listings."""

from analytics.features.declare import Rate, Shown, declare
from analytics.features.sources import CONTENTS, LISTINGS, REVIEWS, SHOWN_IN

_SAYS = "of contents {period}"

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
        windows=(90, None),
        needs=("reviews.text",),
        policies=("M7", "C4"),
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
        entities=("creator",),
        windows=(30, None),
        policies=("C1",),
        is_actionable=True,
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
        entities=("creator",),
        windows=(30, None),
        policies=("C7",),
        is_actionable=True,
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
        "a term of health_claims or absolute_claims, over all that do. Shrunk towards the category.",
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
    *(
        feature
        for name, column, label, text, policies in (
            (
                "says_off_platform",
                "off_platform",
                "Leads outside",
                "mentions contact or payment outside the marketplace",
                ("P8",),
            ),
            ("says_health", "health_claims", "Health claim", "makes a health claim", ("P6",)),
            ("says_absolute", "absolute_claims", "Absolute claim", "promises absolutely", ("P6",)),
            ("says_imitation", "imitation", "Words of imitation", "speaks of a copy", ("P3", "P5")),
        )
        for feature in declare(
            name,
            source=LISTINGS,
            formula=Rate(
                lambda t, name=name: t[name],
                among=lambda t, name=name: t[name].notnull(),
                is_shrunk=False,
            ),
            family="text",
            label=label,
            unit="number",
            template=f"The listing {text} (1 yes, 0 no)",
            description=f"Whether title or description has a term of the list {column}. Known from "
            "the export on.",
            windows=None,
            entities=("product",),
            policies=policies,
            shown=Shown(lambda t, name=name: t[name]),
            is_actionable=True,
            is_point_in_time=False,
        )
    ),
)
