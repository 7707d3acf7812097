"""Writes merchants, creators and products as they are at the end."""

import numpy as np
import pyarrow as pa

from sample_data.arrow import Tables, ids, money, named, times
from sample_data.catalogue import read_catalogue
from sample_data.creators import Creators
from sample_data.harm import LookAlike, ProductHarm, Scheme
from sample_data.merchants import Merchants
from sample_data.plan import Plan, mix, uniform
from sample_data.prices import PriceHistory
from sample_data.products import Products
from sample_data.text import Topic, capitalise, sentence, write_some, write_texts


def write_merchants(tables: Tables, m: Merchants, first: int, last: int) -> None:
    """Write some merchants."""
    rows, catalogue = np.arange(first, last), read_catalogue()
    tables.write(
        "merchants",
        {
            "merchant_id": ids("m", rows),
            "registered_at": times(m.registered[rows]),
            "country": named(catalogue.countries, m.country[rows]),
            "region": named(catalogue.regions, m.region[rows]),
            "main_category": named(catalogue.categories, m.category[rows]),
        },
    )


def write_creators(tables: Tables, c: Creators) -> None:
    """Write all creators."""
    tables.write(
        "creators",
        {
            "creator_id": ids("c", np.arange(len(c))),
            "joined_at": times(c.joined),
            "country": named(read_catalogue().countries, c.country),
            "followers": pa.array(c.followers),
        },
    )


def write_products(
    plan: Plan, tables: Tables, m: Merchants, p: Products, prices: PriceHistory, last: int
) -> None:
    """Write the products from the history's first up to but not `last`."""
    rows = np.arange(prices.first, last)
    now = prices.price_at(rows, np.full(len(rows), plan.stop - 1))
    tables.write(
        "products",
        {
            "product_id": ids("p", rows),
            "merchant_id": ids("m", p.merchant[rows]),
            "category": _categories(p, rows),
            "title": titles(plan, m, p, rows),
            "description": _descriptions(plan, m, p, rows),
            "price": money(now),
            "listed_at": times(p.listed[rows]),
        },
    )


def _categories(p: Products, rows: np.ndarray) -> pa.Array:
    """Spam is often listed where it does not belong."""
    names = read_catalogue().categories
    wrong = p.has(ProductHarm.SPAM)[rows] & (uniform(rows, 81) < 0.45)
    shown = np.where(wrong, (p.category[rows] + 3 + rows % 7) % len(names), p.category[rows])
    return named(names, shown)


def titles(plan: Plan, m: Merchants, p: Products, rows: np.ndarray) -> pa.Array:
    """Titles; products with the same title key share theirs."""
    key = mix(p.title_key[rows], plan.seed, 82).view(np.int64)
    topic = Topic(m.language[p.merchant[rows]], p.noun[rows], p.brand[rows], key)
    plain = write_texts(topic, ["title.adjective", "title.noun", "variant.*"])
    branded = write_texts(topic, ["title.branded", "variant.*"])
    spam = p.has(ProductHarm.SPAM)[rows] & (uniform(rows, 83) < 0.7)
    plain = _instead(plain, spam, topic, ["title.spam"])
    named_brand = p.has(ProductHarm.COUNTERFEIT)[rows] & (uniform(p.title_key[rows], 84) < 0.7)
    named_brand |= p.look_alike[rows] == LookAlike.RESELLER
    plain = pa.compute.if_else(pa.array(named_brand), branded, plain)
    shouts = p.has(ProductHarm.FALSE_DISCOUNT)[rows] & (uniform(rows, 85) < 0.6)
    promotes = m.looks(LookAlike.GENEROUS_PROMOTION)[p.merchant[rows]]
    shouts |= uniform(rows, 86) < np.where(promotes, 0.2, 0.008)
    return capitalise(_with(plain, shouts, topic, ["title.discount"]))


def _descriptions(plan: Plan, m: Merchants, p: Products, rows: np.ndarray) -> pa.Array:
    key = mix(rows, plan.seed, 87).view(np.int64)
    topic = Topic(m.language[p.merchant[rows]], p.noun[rows], p.brand[rows], key)
    text = write_texts(topic, ["description.open", "detail.*", "description.body"])
    u = uniform(rows, 88)
    diverts = m.has(Scheme.DIVERSION)[p.merchant[rows]] & (u < 0.55)
    counterfeit = p.has(ProductHarm.COUNTERFEIT)[rows] & (u < 0.35)
    for section, said in (
        ("claims", (p.has(ProductHarm.CLAIMS)[rows] & (u < 0.8)) | (u > 0.997)),
        ("claims_fair", (p.look_alike[rows] == LookAlike.FAIR_CLAIMS) | (u < 0.01)),
        ("counterfeit", counterfeit),
        ("knockoff", (p.has(ProductHarm.KNOCK_OFF)[rows] & (u < 0.75)) | (u > 0.994)),
        ("prohibited", p.has(ProductHarm.PROHIBITED)[rows] & (u < 0.8)),
        ("diversion", diverts | ((u > 0.9925) & (u < 0.994))),
    ):
        text = _with(text, said, topic, [f"description.{section}"])
    silent = uniform(rows, 89) < 0.04
    text = capitalise(_with(text, np.ones(len(rows), dtype=bool), topic, ["description.close"]))
    return pa.compute.if_else(pa.array(silent), pa.scalar(None, pa.string()), text)


def _with(texts: pa.Array, rows: np.ndarray, topic: Topic, sections: list[str]) -> pa.Array:
    return sentence(texts, write_some(rows, topic, sections, 500))


def _instead(texts: pa.Array, rows: np.ndarray, topic: Topic, sections: list[str]) -> pa.Array:
    return pa.compute.coalesce(write_some(rows, topic, sections, 500), texts)
