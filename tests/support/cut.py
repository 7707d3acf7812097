"""Remove from a source's files everything that was not yet known at a moment.

Written apart from the program, with plain pandas and the rules of the design's table, so that the
program can be tested against it.
"""

from datetime import datetime
from pathlib import Path

import pandas as pd

# Which column dates a row, and which columns are dated by a column of their own.
DATED_BY = {
    "merchants": "registered_at",
    "creators": "joined_at",
    "products": "listed_at",
    "contents": "started_at",
    "orders": "placed_at",
    "reviews": "created_at",
    "content_products": "shown_at",
    "events": "at",
    "links": "first_seen",
    "interactions": "at",
    "extra_features": "known_at",
    "past_decisions": "decided_at",
}
LATER = {
    "orders": {
        "shipped_at": ["shipped_at"],
        "delivered_at": ["delivered_at"],
        "cancelled_at": ["cancelled_at", "cancelled_by"],
        "refunded_at": ["refunded_at", "refund_amount", "refund_reason"],
    },
    "contents": {"counted_at": ["counted_at", "views", "likes", "comments", "shares"]},
    "links": {"last_seen": ["last_seen"]},
}
UNDATED = {
    "products": ["title", "description", "price", "image_path"],
    "creators": ["followers"],
}
ENTITY = {"merchants": "merchant", "products": "product", "creators": "creator"}


def cut_tables(source: Path, target: Path, as_of: datetime) -> None:
    """Cut a folder of the contract's tables at `as_of`, a moment before the export."""
    target.mkdir(parents=True, exist_ok=True)
    tables = {path.name.split(".")[0]: (path, _read(path)) for path in sorted(source.iterdir())}
    frames = {name: frame for name, (_, frame) in tables.items() if name in DATED_BY}
    for name, (path, _) in tables.items():
        if name in DATED_BY:
            _write(_cut(name, frames, as_of), target / path.name)


def cut_olist(source: Path, target: Path, as_of: datetime) -> None:
    """Cut the published Olist files at `as_of`, a moment before the export."""
    target.mkdir(parents=True, exist_ok=True)
    raw = {
        path.stem: pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        for path in sorted(source.glob("*.csv"))
    }
    orders = raw["olist_orders_dataset"]
    orders = orders[_time(orders["order_purchase_timestamp"]) <= as_of].copy()
    for column in ("order_delivered_carrier_date", "order_delivered_customer_date"):
        orders.loc[_time(orders[column]) > as_of, column] = ""
    is_later = _time(orders["order_estimated_delivery_date"]) > as_of
    ended = orders["order_status"].isin(["canceled", "unavailable"])
    orders.loc[ended & is_later, "order_status"] = "processing"
    items = raw["olist_order_items_dataset"]
    items = items[items["order_id"].isin(orders["order_id"])]
    reviews = raw["olist_order_reviews_dataset"]
    answered = _time(reviews["review_answer_timestamp"])
    raw["olist_orders_dataset"] = orders
    raw["olist_order_items_dataset"] = items
    raw["olist_order_reviews_dataset"] = reviews[(answered <= as_of) | answered.isna()]
    for stem, column in (("sellers", "seller_id"), ("products", "product_id")):
        frame = raw[f"olist_{stem}_dataset"]
        raw[f"olist_{stem}_dataset"] = frame[frame[column].isin(items[column])]
    for stem, frame in raw.items():
        frame.to_csv(target / f"{stem}.csv", index=False)


def _cut(name: str, frames: dict[str, pd.DataFrame], as_of: datetime) -> pd.DataFrame:
    frame = frames[name]
    known = _known_from(name, frames) <= as_of
    frame = frame[known].copy()
    for dated_by, columns in LATER.get(name, {}).items():
        given = [column for column in columns if column in frame]
        if dated_by in frame:
            time = _time(frame[dated_by])
            for column in given:
                frame[column] = frame[column].mask((time > as_of) | time.isna())
    for column in UNDATED.get(name, []):
        if column in frame:
            frame[column] = pd.Series(None, index=frame.index, dtype=frame[column].dtype)
    return frame


def _known_from(name: str, frames: dict[str, pd.DataFrame]) -> pd.Series:
    frame = frames[name]
    own = DATED_BY[name]
    known = _time(frame[own]) if own in frame else pd.Series(pd.NaT, frame.index)
    if name not in ENTITY:
        return known
    key = f"{ENTITY[name]}_id"
    known = known.fillna(_time(frame[key].map(_first_seen(key, frames))))
    if name == "products" and "merchants" in frames:
        merchants = frames["merchants"]
        since = _known_from("merchants", frames).groupby(merchants["merchant_id"]).min()
        waits = _time(frame["merchant_id"].map(since))
        known = known.where(known.isna() | ~(waits > known), waits)
    return known


def _first_seen(key: str, frames: dict[str, pd.DataFrame]) -> pd.Series:
    """The first dated row of any table that names each id."""
    found = []
    for name, frame in frames.items():
        if ENTITY.get(name) == key.removesuffix("_id"):
            continue
        if name == "products" and key == "merchant_id":
            at = (
                _time(frame["listed_at"])
                if "listed_at" in frame
                else pd.Series(pd.NaT, frame.index)
            )
            at = at.fillna(_time(frame["product_id"].map(_first_seen("product_id", frames))))
        elif name in ENTITY:
            continue
        else:
            own = DATED_BY[name]
            at = _time(frame[own]) if own in frame else pd.Series(pd.NaT, frame.index)
        if key in frame:
            found.append(pd.DataFrame({"id": frame[key], "at": at}))
        elif "entity_type" in frame:
            mine = frame["entity_type"] == key.removesuffix("_id")
            found.append(pd.DataFrame({"id": frame["entity_id"][mine], "at": at[mine]}))
    seen = pd.concat(found) if found else pd.DataFrame({"id": [], "at": []})
    return seen.dropna().groupby("id")["at"].min()


def _time(values: pd.Series) -> pd.Series:
    """Dates; what is none, or lies before 1990, dates nothing."""
    times = pd.to_datetime(values, errors="coerce", format="ISO8601")
    return times.where(times >= "1990-01-01")


def _read(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    return pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])


def _write(frame: pd.DataFrame, path: Path) -> None:
    if path.suffix == ".parquet":
        frame.to_parquet(path, index=False)
    else:
        frame.to_csv(path, index=False)
