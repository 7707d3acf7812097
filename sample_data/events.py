"""The behaviour log: what merchants, products and creators did and what was done to them."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sample_data.arrow import Tables, digests, ids, join, money, named, times
from sample_data.creators import Creators
from sample_data.harm import CreatorHarm, LookAlike, ProductHarm, Scheme
from sample_data.lines import Market
from sample_data.plan import DAY, DAYS, HOUR, Plan
from sample_data.prices import PriceHistory

Texts: TypeAlias = pa.Array


@dataclass
class _Log:
    entity: str
    plan: Plan
    rng: np.random.Generator

    def __post_init__(self) -> None:
        self.who: list[np.ndarray] = []
        self.kind: list[str] = []
        self.at: list[np.ndarray] = []
        self.payload: list[Texts] = []

    def add(self, kind: str, who: np.ndarray, at: np.ndarray, payload: Texts | None = None) -> None:
        """Add events of one kind; those at or after the end are dropped."""
        inside = at < self.plan.stop
        empty = pa.nulls(len(who), pa.string())
        self.who.append(who[inside])
        self.kind.append(kind)
        self.at.append(at[inside].astype(np.int64))
        self.payload.append((empty if payload is None else payload).filter(pa.array(inside)))

    def scatter(
        self, rate: np.ndarray, who: np.ndarray, first: np.ndarray, last: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Moments of events that come at a yearly rate within each one's window."""
        first = np.maximum(first, self.plan.start)
        length = np.maximum(np.minimum(last, self.plan.stop) - first, 0)
        counts = self.rng.poisson(np.maximum(rate, 0) * length / (DAYS * DAY))
        row = np.repeat(np.arange(len(who)), counts)
        return who[row], first[row] + self.rng.random(len(row)) * length[row]

    def choose(self, options: list[str], count: int, weights: list[float] | None = None) -> Texts:
        """Payload texts drawn from a few."""
        weight = None if weights is None else np.array(weights) / sum(weights)
        return named(options, self.rng.choice(len(options), count, p=weight))

    def write(self, tables: Tables) -> None:
        """Write in the order of entity and time."""
        who, at = np.concatenate(self.who), np.concatenate(self.at)
        counts = [len(part) for part in self.who]
        kind = np.repeat(np.arange(len(self.kind)), counts)
        order = np.lexsort((kind, at, who))
        number = tables.rows["events"] + np.arange(len(who))
        tables.write(
            "events",
            {
                "event_id": ids("e", number, 9),
                "entity_type": named([self.entity], np.zeros(len(who), dtype=np.int64)),
                "entity_id": ids(self.entity[0], who[order]),
                "kind": named(self.kind, kind[order]),
                "at": times(at[order]),
                "payload": pa.concat_arrays(self.payload).take(pa.array(order)),
            },
        )


def write_merchant_events(
    market: Market, rng: np.random.Generator, tables: Tables, first: int, last: int
) -> None:
    """Write the events of the merchants from `first` up to but not `last`."""
    log = _Log("merchant", market.plan, rng)
    who = np.arange(first, last)
    log.add("registered", who, market.merchants.registered[who])
    _everyday(market, log, who)
    _enforcement(market, log, who)
    _around_schemes(market, log, who)
    _around_shocks(market, log, who)
    log.write(tables)


def _everyday(market: Market, log: _Log, who: np.ndarray) -> None:
    m = market.merchants
    opened, closed = m.registered[who] + HOUR, m.closed[who]
    busy = np.minimum(m.volume[who] / 80, 6) ** 0.5
    bad = np.exp(0.35 * m.quality[who, 0])
    promotes = m.looks(LookAlike.GENEROUS_PROMOTION)[who]
    devices = np.where(m.has(Scheme.COUNTERFEIT_RING, Scheme.BRUSHING)[who], 4.0, 1.6)
    logs_in, at = log.scatter(devices, who, opened, closed)
    log.add("login_new_device", logs_in, at, _device(logs_in, at))
    paid, at = log.scatter(np.full(len(who), 0.5), who, opened, closed)
    log.add("payout_changed", paid, at)
    moved, at = log.scatter(np.full(len(who), 0.12), who, opened, closed)
    log.add("address_changed", moved, at)
    lapse = np.where(m.has(Scheme.FALSE_LICENCE)[who], 0.7, 0.1)
    lapsed, at = log.scatter(lapse, who, opened, closed)
    log.add("qualification_expired", lapsed, at)
    vouchers = np.where(promotes, 14.0, 2.0 * busy)
    vouchers = np.where(m.has(Scheme.VOUCHER_ABUSE)[who], vouchers + 9, vouchers)
    given, at = log.scatter(vouchers, who, opened, closed)
    log.add("voucher_issued", given, at, _voucher(log, len(given)))
    asked, at = log.scatter(1.2 * busy * bad, who, opened, closed)
    topics = ["payout", "returns", "listing", "shipping", "account", "appeal"]
    log.add("support_ticket", asked, at, _topic(log.choose(topics, len(asked))))
    away, at = log.scatter(np.full(len(who), 0.4), who, opened, closed)
    log.add("shop_paused", away, at)
    log.add("shop_resumed", away, at + log.rng.uniform(3, 20, len(away)) * DAY)
    promoted, at = log.scatter(np.where(promotes, 5.0, 0.5), who, opened, closed)
    log.add("campaign_joined", promoted, at)


def _device(who: np.ndarray, at: np.ndarray) -> Texts:
    short = pc.utf8_slice_codeunits(digests(who, (at / (40 * DAY)).astype(np.int64)), 0, 16)
    return join('{"device": "', short, '"}')


def _voucher(log: _Log, count: int) -> Texts:
    percent = pa.array(log.rng.choice([5, 10, 10, 15, 20, 30], count)).cast(pa.string())
    pieces = pa.array(log.rng.choice([20, 50, 100, 500], count)).cast(pa.string())
    return join('{"percent": ', percent, ', "count": ', pieces, "}")


def _topic(topics: Texts) -> Texts:
    return join('{"topic": "', topics, '"}')


def _policy(codes: Texts) -> Texts:
    return join('{"policy": "', codes, '"}')


def _enforcement(market: Market, log: _Log, who: np.ndarray) -> None:
    """Warnings hit the harmful more often, but the sloppy and the unlucky too."""
    m = market.merchants
    bad = np.exp(0.7 * np.maximum(m.quality[who, 6], -1))
    opened, closed = m.registered[who] + 5 * DAY, m.closed[who]
    warned, at = log.scatter(0.10 * bad, who, opened, closed)
    codes = ["M2", "M9", "M2", "M5", "M1", "M7"]
    log.add("warned", warned, at, _policy(log.choose(codes, len(warned))))
    harmful = who[(m.scheme[who] > 0)]
    warned, at = log.scatter(
        np.full(len(harmful), 0.9), harmful, m.since[harmful] + 15 * DAY, m.closed[harmful]
    )
    codes = ["M2", "M3", "M4", "M5", "M7", "M8", "M9"]
    log.add("warned", warned, at, _policy(log.choose(codes, len(warned))))
    suspended = who[m.suspended[who] < market.plan.stop]
    codes = log.choose(["M2", "M3", "M5", "M9"], len(suspended))
    log.add("suspended", suspended, m.suspended[suspended], _policy(codes))
    log.add("reinstated", suspended, m.reinstated[suspended])
    banned = who[m.has(Scheme.BANNED)[who]]
    log.add(
        "banned",
        banned,
        m.closed[banned],
        _policy(named(["M3"], np.zeros(len(banned), dtype=np.int64))),
    )
    shut = who[(m.closed[who] < market.plan.stop) & ~m.has(Scheme.BANNED)[who]]
    log.add("shop_closed", shut, m.closed[shut])


def _around_schemes(market: Market, log: _Log, who: np.ndarray) -> None:
    """A bust-out is prepared: a new device, another account, the sleep over."""
    m, rng = market.merchants, log.rng
    bust = who[m.has(Scheme.BUST_OUT)[who]]
    for kind, chance, low, high in (
        ("login_new_device", 0.75, 2, 12),
        ("payout_changed", 0.7, 0.5, 9),
        ("campaign_joined", 0.5, 0, 3),
    ):
        some = bust[rng.random(len(bust)) < chance]
        at = m.since[some] - rng.uniform(low, high, len(some)) * DAY
        at = np.maximum(at, m.registered[some] + HOUR)
        log.add(kind, some, at, _device(some, at) if kind == "login_new_device" else None)
    tickets = who[m.has(Scheme.BUST_OUT, Scheme.EMPTY_PARCEL)[who]]
    asked, at = log.scatter(
        np.full(len(tickets), 5.0), tickets, m.since[tickets], m.closed[tickets]
    )
    log.add("support_ticket", asked, at, _topic(log.choose(["payout", "returns"], len(asked))))


def _around_shocks(market: Market, log: _Log, who: np.ndarray) -> None:
    """What happened just before a shock."""
    for shock, kind in (
        ("order_stop", "stock_out"),
        ("late_dispatch", "warehouse_moved"),
        ("rating_slump", "supplier_changed"),
        ("refund_wave", "supplier_changed"),
        ("order_burst", "campaign_joined"),
    ):
        start, stop = market.shocks.window(who, shock)
        hit = who[start < stop]
        log.add(kind, hit, market.shocks.start[hit] - log.rng.integers(HOUR, 20 * HOUR, len(hit)))


def write_product_events(
    market: Market, rng: np.random.Generator, tables: Tables, prices: PriceHistory, last: int
) -> None:
    """Write the events of the products from the history's first up to but not `last`."""
    log = _Log("product", market.plan, rng)
    p, plan = market.products, market.plan
    rows = np.arange(prices.first, last)
    log.add("listed", rows, p.listed[rows])
    log.add("price_changed", prices.product, prices.at, _prices(prices))
    everywhere = np.full(len(rows), plan.stop)
    renamed, at = log.scatter(np.full(len(rows), 0.25), rows, p.listed[rows] + HOUR, everywhere)
    log.add("title_changed", renamed, at)
    turned = rows[(p.harm[rows] > 0) & (p.since[rows] > p.listed[rows] + DAY)]
    turned = turned[rng.random(len(turned)) < 0.6]
    log.add("title_changed", turned, p.since[turned])
    sold_out, at = log.scatter(np.full(len(rows), 0.3), rows, p.listed[rows] + DAY, everywhere)
    log.add("stock_out", sold_out, at)
    log.add("restocked", sold_out, at + rng.uniform(2, 15, len(sold_out)) * DAY)
    gone = rows[p.delisted[rows] < plan.stop]
    log.add("delisted", gone, p.delisted[gone])
    _complaints(market, log, rows)
    log.write(tables)


def _prices(prices: PriceHistory) -> Texts:
    old, new = (money(cents).cast(pa.string()) for cents in (prices.old, prices.new))
    crossed_out = money(prices.crossed_out).cast(pa.string())
    against = join(', "list_price": ', crossed_out)
    against = pc.if_else(pa.array(prices.crossed_out > 0), against, pa.scalar(""))
    return join('{"old": ', old, ', "new": ', new, against, "}")


def _complaints(market: Market, log: _Log, rows: np.ndarray) -> None:
    """Buyers and rights holders complain: mostly of the bad, sometimes of the good."""
    p = market.products
    stop = np.full(len(rows), market.plan.stop)
    bad = np.exp(0.5 * p.badness[rows])
    asked, at = log.scatter(0.04 * bad, rows, p.listed[rows] + DAY, stop)
    log.add("complaint", asked, at, _topic(log.choose(_COMPLAINTS, len(asked))))
    harmful = rows[p.harm[rows] > 0]
    asked, at = log.scatter(
        np.full(len(harmful), 0.8), harmful, p.since[harmful] + DAY, stop[: len(harmful)]
    )
    log.add("complaint", asked, at, _topic(log.choose(_COMPLAINTS, len(asked))))
    brand = rows[p.harm[rows] == ProductHarm.COUNTERFEIT]
    brand = np.concatenate([brand, rows[p.look_alike[rows] == LookAlike.RESELLER][::9]])
    asked, at = log.scatter(
        np.full(len(brand), 0.3), brand, p.listed[brand] + DAY, stop[: len(brand)]
    )
    log.add("rights_claim", asked, at)


_COMPLAINTS = ["quality", "fake", "description", "safety", "price"]


def write_creator_events(plan: Plan, rng: np.random.Generator, tables: Tables, c: Creators) -> None:
    """Write the events of all creators."""
    log = _Log("creator", plan, rng)
    who = np.arange(len(c))
    opened, stop = c.joined + HOUR, np.full(len(c), plan.stop)
    log.add("joined", who, c.joined)
    logs_in, at = log.scatter(np.where(c.harm > 0, 2.2, 1.5), who, opened, stop)
    log.add("login_new_device", logs_in, at, _device(logs_in, at))
    paid, at = log.scatter(np.full(len(c), 0.4), who, opened, stop)
    log.add("payout_changed", paid, at)
    cut, at = log.scatter(0.3 + 2 * c.live_share, who, opened, stop)
    log.add("live_interrupted", cut, at)
    reported, at = log.scatter(np.full(len(c), 0.25), who, opened, stop)
    log.add("viewer_report", reported, at, _topic(log.choose(_REPORTS, len(reported))))
    harmful = np.flatnonzero(c.harm > 0)
    reported, at = log.scatter(
        np.full(len(harmful), 2.2), harmful, c.since[harmful], stop[: len(harmful)]
    )
    log.add("viewer_report", reported, at, _topic(log.choose(_REPORTS, len(reported))))
    warned, at = log.scatter(np.where(c.harm > 0, 0.5, 0.06), who, opened, stop)
    log.add("warned", warned, at, _policy(log.choose(["C1", "C2", "C3", "C5"], len(warned))))
    bots = np.flatnonzero(c.has(CreatorHarm.BOTS))
    jumps, at = log.scatter(np.full(len(bots), 3.0), bots, c.since[bots], stop[: len(bots)])
    viral = np.flatnonzero(c.look_alike == LookAlike.VIRAL)
    also, then = log.scatter(np.full(len(viral), 1.5), viral, opened[viral], stop[: len(viral)])
    log.add("followers_jumped", np.concatenate([jumps, also]), np.concatenate([at, then]))
    log.write(tables)


_REPORTS = ["misleading", "spam", "outside_payment", "fake_live", "other"]
