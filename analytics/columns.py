"""Names of tables and columns that cross a module border, declared once."""

from typing import Final, Literal, get_args

EntityType = Literal["merchant", "product", "creator"]
ENTITY_TYPES: Final[tuple[EntityType, ...]] = get_args(EntityType)

Target = Literal["quality", "violation"]
TARGETS: Final[tuple[Target, ...]] = get_args(Target)

ENTITY_TABLE: Final[dict[str, str]] = {
    "merchant": "merchants",
    "product": "products",
    "creator": "creators",
}
ENTITY_KEY: Final[dict[str, str]] = {
    "merchant": "merchant_id",
    "product": "product_id",
    "creator": "creator_id",
}

ENTITY_TYPE = "entity_type"
ENTITY_ID = "entity_id"
AS_OF = "as_of"
KNOWN_AT = "known_at"

# rejects/<table>.parquet
ROW_NUMBER = "row_number"
REJECT_COLUMN = "column"
REJECT_VALUE = "value"
REJECT_REASON = "reason"
REJECT_SCOPE = "scope"

# features/<version>/<entity>.parquet carry these beside the features themselves
NAME = "name"
CATEGORY = "category"
REGION = "region"
SIZE_BAND = "size_band"
PEER_GROUP = "peer_group"
VOLUME = "volume"
GMV_30D = "gmv_30d"
GMV_OPEN = "gmv_open"
CONTEXT_COLUMNS: Final = (NAME, CATEGORY, REGION, SIZE_BAND, PEER_GROUP, VOLUME, GMV_30D, GMV_OPEN)

# scores/<model version>/scores.parquet
QUALITY_PROBABILITY = "quality_probability"
QUALITY_RAW = "quality_raw"
QUALITY_STATUS = "quality_status"
SHRUNKEN_RATE = "shrunken_rate"
EXPECTED_DEFECT_SHARE = "expected_defect_share"
VIOLATION_PROBABILITY = "violation_probability"
VIOLATION_RAW = "violation_raw"
VIOLATION_SOURCE = "violation_source"
TOP_POLICY = "top_policy"
POLICIES = "policies"
POLICY_HARM = "policy_harm"
GMV_AT_RISK = "gmv_at_risk"
EXPECTED_HARM = "expected_harm"
HARM_UNIT = "harm_unit"
RANK = "rank"

SNAPSHOT_ID = "snapshot_id"
MODEL_VERSION = "model_version"
