"""A made-up market of 120 days in which four shops change on a known day; nothing is drawn.

    steady1 … steady6   10 orders a day each
    burst               3 a day, 15 a day on days 100 to 107
    stop                4 a day, none on days 90 to 103
    late                5 a day, handed over on time; four of five late if placed on days 80 to 92
    slump               6 a day, each reviewed 6 days later; two stars on orders of days 70 to 95
    small               one order a month

Day 0 is 1 January 2024. Orders are due after two days and handed over after one, or after four.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pandas as pd

START: Final = datetime(2024, 1, 1)
DAYS: Final = 120
END: Final = START + timedelta(days=DAYS)
DAILY: Final = {f"steady{i}": 10 for i in range(1, 7)} | {
    "burst": 3, "stop": 4, "late": 5, "slump": 6,
}  # fmt: skip


def day(number: int) -> datetime:
    """Return the start of a day."""
    return START + timedelta(days=number)


def orders() -> pd.DataFrame:
    """Return the order lines of the market."""
    rows = [
        _line(shop, number, place)
        for shop, daily in DAILY.items()
        for number in range(DAYS)
        for place in range(_count(shop, daily, number))
    ]
    rows += [_line("small", number, 0) for number in range(0, DAYS, 30)]
    return pd.DataFrame(rows)


def _count(shop: str, daily: int, number: int) -> int:
    if shop == "burst" and 100 <= number < 108:
        return 15
    return 0 if shop == "stop" and 90 <= number < 104 else daily


def _line(shop: str, number: int, place: int) -> dict[str, object]:
    placed = day(number) + timedelta(hours=8, minutes=place)
    is_late = shop == "late" and 80 <= number < 93 and place != 0
    return {
        "order_id": f"{shop}-{number}-{place}",
        "line_no": 1,
        "buyer_id": f"b{place}",
        "merchant_id": shop,
        "product_id": f"p-{shop}",
        "placed_at": placed,
        "quantity": 1,
        "price": 10.0,
        "ship_by": placed + timedelta(days=2),
        "shipped_at": placed + timedelta(days=4 if is_late else 1),
    }


def reviews() -> pd.DataFrame:
    """Return a review of every order of the shop `slump`."""
    told = orders()
    told = told[told["merchant_id"] == "slump"]
    number = (told["placed_at"] - START).dt.days
    rating = pd.Series(5.0, index=told.index).mask(number.between(70, 95), 2.0)
    return pd.DataFrame(
        {
            "review_id": "r-" + told["order_id"],
            "order_id": told["order_id"],
            "merchant_id": told["merchant_id"],
            "rating": rating,
            "created_at": told["placed_at"] + timedelta(days=6),
        }
    )


def events() -> pd.DataFrame:
    """Return what the log says: a campaign just before the burst, and much later a ticket."""
    return pd.DataFrame(
        {
            "event_id": ["e1", "e2"],
            "entity_type": "merchant",
            "entity_id": "burst",
            "kind": ["campaign_joined", "support_ticket"],
            "at": [day(99) + timedelta(hours=20), day(115)],
        }
    )


def merchants() -> pd.DataFrame:
    """Return all shops, registered a year before."""
    shops = [*DAILY, "small"]
    registered = START - timedelta(days=365)
    return pd.DataFrame({"merchant_id": shops, "registered_at": registered})


def products() -> pd.DataFrame:
    """Return one product a shop, all of one category."""
    shops = [*DAILY, "small"]
    return pd.DataFrame(
        {
            "product_id": [f"p-{shop}" for shop in shops],
            "merchant_id": shops,
            "category": "toys",
            "title": "Toy",
            "listed_at": START - timedelta(days=300),
        }
    )


def write_market(folder: Path) -> dict[str, Path]:
    """Write the tables as parquet; return their paths by name."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {
        "orders": orders(), "reviews": reviews(), "events": events(),
        "merchants": merchants(), "products": products(),
    }  # fmt: skip
    paths = {name: folder / f"{name}.parquet" for name in made}
    for name, frame in made.items():
        times = frame.select_dtypes("datetime").columns
        frame.astype(dict.fromkeys(times, "datetime64[us]")).to_parquet(paths[name], index=False)
    return paths
