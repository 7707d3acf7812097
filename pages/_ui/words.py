"""What codes and columns are called on the pages."""

from analytics.columns import EntityType
from analytics.policies import load_taxonomy
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
TARGETS = {"violation": "Violation", "quality": "Quality"}
GROUPS = {
    "category": "Category",
    "region": "Region",
    "size_band": "Size",
    "top_family": "First reason",
    "top_policy": "Likely policy",
    "quality_status": "Quality status",
}


def policy_name(code: str) -> str:
    """Return a policy's code with its name; the bare code where the taxonomy lacks it."""
    taxonomy = load_taxonomy(services.settings().policies_file)
    names = {policy.code: policy.name for policy in taxonomy.policies}
    return f"{code} {names[code]}" if code in names else code


def family_name(family: str) -> str:
    """Return a family of features as a label."""
    return family.replace("_", " ").capitalize()
