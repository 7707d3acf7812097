"""Truth groups: what must stand on one side of any split for an evaluation."""

import pandas as pd

from analytics.columns import ENTITY_ID, ENTITY_TYPE


def truth_groups(
    truth: pd.DataFrame,
    look_alikes: pd.DataFrame,
    entities: pd.DataFrame,
    products: pd.DataFrame | None = None,
) -> pd.Series:
    """Group of each entity, so that no ring stands on both sides of a split.

    A merchant or creator belongs to its ring, family, warehouse or agency, else stands alone;
    a product belongs wherever its merchant does.

    Args:
        truth: entity_type, entity_id, policy, group, since.
        look_alikes: entity_type, entity_id, kind, group.
        entities: entity_type and entity_id of those to split.
        products: product_id and merchant_id; needed where products are to be split.

    Returns:
        The group of each row of `entities`, on its index.
    """
    known = pd.concat([truth, look_alikes])[[ENTITY_TYPE, ENTITY_ID, "group"]].dropna()
    known = known.drop_duplicates([ENTITY_TYPE, ENTITY_ID])
    group = dict(zip(zip(known[ENTITY_TYPE], known[ENTITY_ID], strict=True), known["group"],
                     strict=True))  # fmt: skip
    owner = {} if products is None else dict(
        zip(products["product_id"], products["merchant_id"], strict=True)
    )  # fmt: skip
    keys = []
    for kind, name in zip(entities[ENTITY_TYPE], entities[ENTITY_ID], strict=True):
        whose = ("merchant", owner[name]) if kind == "product" and name in owner else (kind, name)
        keys.append(group.get(whose, f"{whose[0]}:{whose[1]}"))
    return pd.Series(keys, index=entities.index, name="group")
