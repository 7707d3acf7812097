"""Two small marketplaces whose backtests can be worked out by hand.

`DECIDED`: 120 merchants, every other one risky, as its chargebacks show and its decision confirms.
The first 80 are decided before `AT`, the others after it; one of the later ones shares a device
with an earlier one, and of another the reviewer could not tell.

`SOLD`: 92 merchants that sell a line every ten days, every other one always handed over late. One
sells too little to have an outcome, one is acted on within the outcome's window.
"""

from datetime import date, datetime, timedelta

AT = datetime(2024, 3, 15)
DECIDED_END = date(2024, 4, 20)
SOLD_AT = datetime(2024, 1, 1) + timedelta(days=150)
DEVICE = "d" * 64


def merchant(number: int) -> str:
    """Id of a merchant."""
    return f"m{number:03d}"


def decided(*, later_flipped: bool = False) -> dict[str, str]:
    """Files of `DECIDED`; the decisions after `AT` may be turned around."""
    ids = range(120)
    outcomes = {n: _outcome(n % 2 == 0) for n in ids}
    if later_flipped:
        outcomes |= {n: _outcome(n % 2 == 1) for n in ids if n >= 80}
    outcomes[119] = "cannot_tell"
    when = {n: date(2024, 3, 1) if n < 80 else DECIDED_END for n in ids}
    return {
        "merchants.csv": _csv(
            "merchant_id,registered_at", *(f"{merchant(n)},2024-01-01" for n in ids)
        ),
        "extra_features.csv": _csv(
            "entity_type,entity_id,known_at,chargebacks",
            *(f"merchant,{merchant(n)},2024-01-15,{1 if n % 2 else 8}" for n in ids),
        ),
        "past_decisions.csv": _csv(
            "entity_type,entity_id,policy,outcome,decided_at",
            *(f"merchant,{merchant(n)},M3,{outcomes[n]},{when[n]}" for n in ids),
        ),
        "links.csv": _csv(
            "entity_type,entity_id,kind,value_hash,first_seen",
            *(f"merchant,{merchant(n)},device,{DEVICE},2024-01-02" for n in (0, 100)),
        ),
    }


def sold() -> dict[str, str]:
    """Files of `SOLD`: 24 lines of each merchant, but for one that sells every 20 days."""
    start, ids = date(2024, 1, 1), range(92)
    lines = [
        (n, start + timedelta(days=10 * k)) for n in ids for k in range(25) if n != 90 or k % 2 == 0
    ]
    return {
        "merchants.csv": _csv(
            "merchant_id,registered_at", *(f"{merchant(n)},{start}" for n in ids)
        ),
        "products.csv": _csv("product_id,merchant_id", *(f"p{n},{merchant(n)}" for n in ids)),
        "orders.csv": _csv(
            "order_id,line_no,merchant_id,product_id,placed_at,price,ship_by,shipped_at",
            *(_line(i, n, placed) for i, (n, placed) in enumerate(lines)),
        ),
        "past_decisions.csv": _csv(
            "entity_type,entity_id,policy,outcome,decided_at",
            f"merchant,{merchant(91)},M2,violation,{SOLD_AT.date() + timedelta(days=10)}",
        ),
    }


def _line(number: int, seller: int, placed: date) -> str:
    ship_by = placed + timedelta(days=3)
    shipped = ship_by + timedelta(days=2 if seller % 2 == 0 else -1)
    return f"o{number},1,{merchant(seller)},p{seller},{placed},20.00,{ship_by},{shipped}"


def _outcome(is_violation: bool) -> str:
    return "violation" if is_violation else "no_violation"


def _csv(*lines: str) -> str:
    return "\n".join(lines) + "\n"
