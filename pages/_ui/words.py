"""What codes and columns are called on the pages."""

from analytics import formats
from analytics.columns import EntityType
from analytics.features.spec import FeatureSpec
from analytics.policies import load_taxonomy
from analytics.review.store import Live
from pages._ui import services

ENTITY: dict[EntityType, str] = {"merchant": "Merchant", "product": "Product", "creator": "Creator"}
ENTITIES: dict[EntityType, str] = {
    "merchant": "Merchants",
    "product": "Products",
    "creator": "Creators",
}
ENTITY_ICONS: dict[EntityType, str] = {
    "merchant": ":material/storefront:",
    "product": ":material/inventory_2:",
    "creator": ":material/video_camera_front:",
}
OUTCOMES: dict[str, str] = {
    "violation": "Violation",
    "no_violation": "No violation",
    "cannot_tell": "Cannot tell",
}
OUTCOME_ICONS: dict[str, str] = {
    "violation": ":material/gavel:",
    "no_violation": ":material/verified_user:",
    "cannot_tell": ":material/help:",
}
STATUSES: dict[str, str] = {
    "open": "Open",
    "held": "On hold",
    "escalated": "Escalated",
    "closed": "Closed",
}
CURVES = {
    "model": "This model",
    "empirical_bayes": "Empirical-Bayes defect rate",
    "empirical_bayes_calibrated": "Empirical-Bayes defect rate, calibrated",
}
TARGETS = {"violation": "Violation", "quality": "Quality"}
LISTS = {
    "off_platform": "contact or payment outside the marketplace",
    "absolute_claims": "an absolute claim",
    "health_claims": "a health claim",
    "games_of_chance": "a game of chance",
    "imitation": "a word of imitation",
    "bought_reviews": "a bought review",
}
GROUPS = {
    "category": "Category",
    "region": "Region",
    "size_band": "Size",
    "top_family": "First reason",
    "top_policy": "Likely policy",
    "quality_status": "Quality status",
}


def feature_name(spec: FeatureSpec) -> str:
    """Return a feature's plain name, with its window where it has one."""
    if spec.window_days is None:
        return spec.label
    return f"{spec.label}, {formats.period(spec.window_days)}"


def feature_labels(live: Live, entity: EntityType) -> dict[str, str]:
    """Return the plain names of all features of a type, by name."""
    specs = services.case_sources(live).declarations(entity).specs
    return {name: feature_name(spec) for name, spec in specs.items()}


def curve_name(curve: str) -> str:
    """Return what a model or baseline is called in a chart."""
    return CURVES.get(curve, curve.replace("_", " ").capitalize())


def policy_name(code: str) -> str:
    """Return a policy's code with its name; the bare code where the taxonomy lacks it."""
    taxonomy = load_taxonomy(services.settings().policies_file)
    names = {policy.code: policy.name for policy in taxonomy.policies}
    return f"{code} {names[code]}" if code in names else code


def action_name(action: str) -> str:
    """Return an action of the taxonomy as a label."""
    return action.replace("_", " ").capitalize()


def queue_policy_name(policy: str) -> str:
    """Return a queue policy as a label; a team's own under the name it has in the settings."""
    return policy if ":" in policy else policy.replace("_", " ").capitalize()


def family_name(family: str) -> str:
    """Return a family of features as a label."""
    return family.replace("_", " ").capitalize()
