"""Videos and livestreams, what they show, and what creators otherwise do with products."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sample_data.arrow import Tables, blank, ids, named, times
from sample_data.creators import Creators
from sample_data.harm import CreatorHarm, LookAlike
from sample_data.plan import DAY, HOUR, Plan, mix, pick, ranges, uniform
from sample_data.products import Products
from sample_data.text import Topic, sentence, write_some, write_texts

PALETTE = 30
VIDEO, LIVE = 0, 1
LIVE_SECTIONS = [
    "transcript.chat",
    "transcript.offer",
    "transcript.pitch",
    "detail.*",
    "transcript.chat",
    "transcript.demo",
    "transcript.offer",
    "transcript.chat",
]
SHOWN_SHARE = 0.2  # of all order lines come through contents


@dataclass
class Contents:
    """Contents of some creators."""

    number: np.ndarray
    creator: np.ndarray
    kind: np.ndarray
    started: np.ndarray
    duration: np.ndarray
    is_active: np.ndarray
    real_views: np.ndarray
    text_key: np.ndarray
    special: np.ndarray


@dataclass
class Showcase:
    """Products shown in contents, sorted by product: where content-driven orders come from.

    `expected` holds the order lines expected of each row.
    """

    product: np.ndarray
    content: np.ndarray
    creator: np.ndarray
    shown: np.ndarray
    expected: np.ndarray

    def rows(self, first: int, last: int) -> slice:
        """Rows of the products from `first` up to but not `last`."""
        low, high = np.searchsorted(self.product, [first, last])
        return slice(int(low), int(high))


class Shelves:
    """Draws products of a category by popularity."""

    def __init__(self, products: Products, categories: int) -> None:
        self._order = np.argsort(products.category, kind="stable")
        weight = products.popularity[self._order] ** 0.8
        self._sums = np.concatenate([[0.0], np.cumsum(weight)])
        bounds = np.searchsorted(products.category[self._order], np.arange(categories + 1))
        self._low, self._high = self._sums[bounds[:-1]], self._sums[bounds[1:]]

    def draw(self, category: np.ndarray, share: np.ndarray) -> np.ndarray:
        """A product for each category and share in [0, 1)."""
        low, high = self._low[category], self._high[category]
        place = np.searchsorted(self._sums, low + share * (high - low), side="right") - 1
        return self._order[np.clip(place, 0, len(self._order) - 1)]


def write_contents(
    plan: Plan, tables: Tables, creators: Creators, products: Products, categories: int
) -> Showcase:
    """Write contents, content_products and interactions; return what orders may come from."""
    shelves = Shelves(products, categories)
    rows_at_once = max(1, plan.chunk_lines // 10)
    parts: list[tuple[np.ndarray, ...]] = []
    first_number = 0
    for part, chunk in enumerate(_chunks(creators.contents, rows_at_once)):
        rng = plan.rng("contents", part)
        contents = _make(plan, rng, creators, chunk, first_number)
        first_number += len(contents.number)
        shown = _show(plan, rng, creators, products, shelves, contents)
        _write_contents(plan, rng, tables, creators, products, contents, shown)
        _write_shown(tables, contents, shown)
        _write_interactions(plan, tables, creators, products, shelves, contents, shown, chunk)
        parts.append(_compact(plan, creators, products, contents, shown))
    return _showcase(plan, parts)


def _chunks(sizes: np.ndarray, at_once: int) -> list[np.ndarray]:
    """Consecutive members whose sizes add up to about `at_once`."""
    part = np.cumsum(sizes) // at_once
    bounds = np.flatnonzero(np.diff(part)) + 1
    return np.split(np.arange(len(sizes)), bounds)


def _make(
    plan: Plan, rng: np.random.Generator, c: Creators, chunk: np.ndarray, first: int
) -> Contents:
    who = np.repeat(chunk, c.contents[chunk])
    count = len(who)
    opens = np.maximum(c.joined[who], plan.start) + HOUR
    day = rng.uniform(opens, plan.stop - HOUR) // DAY * DAY
    evening = np.clip(rng.normal(19, 3, count), 7, 23.5) * HOUR
    started = np.clip(day + evening, opens, plan.stop - 600).astype(np.int64)
    kind = (rng.random(count) < c.live_share[who]).astype(np.int64)
    video = np.exp(rng.normal(3.6, 0.6, count))
    live = np.exp(rng.normal(8.6, 0.5, count))
    duration = np.where(kind == LIVE, live, video).astype(np.int64)
    is_active = (started >= c.since[who]) & (rng.random(count) < c.intensity[who])
    reach = c.reach[who] ** 0.8 * np.exp(rng.normal(0.4, 0.9, count))
    viral = (c.look_alike[who] == LookAlike.VIRAL) & (rng.random(count) < 0.12)
    contents = Contents(
        number=first + np.arange(count),
        creator=who,
        kind=kind,
        started=started,
        duration=duration,
        is_active=is_active,
        real_views=reach * np.where(viral, rng.uniform(8, 40, count), 1),
        text_key=mix(first + np.arange(count), plan.seed).view(np.int64),
        special=_special(rng, c.harm[who], is_active),
    )
    _loop(plan, c, contents)
    return contents


def _special(rng: np.random.Generator, harm: np.ndarray, is_active: np.ndarray) -> np.ndarray:
    """Which forbidden thing is said, if any; everybody slips now and then."""
    said = np.zeros(len(harm), dtype=np.int64)
    for code in (CreatorHarm.CLAIMS, CreatorHarm.DIVERSION, CreatorHarm.GAMBLING):
        said[(harm == code) & is_active] = int(code)
    slip = rng.random(len(harm))
    said[(said == 0) & (slip < 0.010)] = int(CreatorHarm.CLAIMS)
    said[(said == 0) & (slip > 0.993)] = int(CreatorHarm.DIVERSION)
    return said


def _loop(plan: Plan, c: Creators, contents: Contents) -> None:
    """Looped lives run the same tape; linked accounts share one; agencies share some scripts."""
    who = contents.creator
    tape = mix(who, contents.number % 2, 11, plan.seed).view(np.int64)
    looped = c.has(CreatorHarm.LOOPED_LIVE)[who] & contents.is_active & (contents.kind == LIVE)
    contents.text_key[looped] = tape[looped]
    length = 3_600 + pick(7_200, who, contents.number % 2)
    contents.duration[looped] = length[looped]
    shared = mix(c.group[who], contents.number % 5, 12, plan.seed).view(np.int64)
    copied = c.has(CreatorHarm.LINKED)[who] & contents.is_active
    copied |= (c.agency[who] >= 0) & (contents.number % 4 == 0)
    contents.text_key[copied] = shared[copied]


@dataclass
class _Shown:
    row: np.ndarray
    product: np.ndarray
    at: np.ndarray


def _show(
    plan: Plan,
    rng: np.random.Generator,
    c: Creators,
    p: Products,
    shelves: Shelves,
    contents: Contents,
) -> _Shown:
    """Products from each creator's own palette, so that creators come back to what they like."""
    live = contents.kind == LIVE
    counts = np.where(live, 2 + rng.poisson(3.5, len(live)), 1 + (rng.random(len(live)) < 0.2))
    row = np.repeat(np.arange(len(live)), counts)
    who = contents.creator[row]
    slot = (rng.random(len(row)) ** 1.7 * PALETTE).astype(np.int64)
    product = _from_palette(plan, c, shelves, who, slot)
    at = contents.started[row] + contents.duration[row] * ranges(counts) // (counts[row] + 1)
    at = np.where(live[row], at, contents.started[row])
    at = np.minimum(at, plan.stop - 1)
    pair = row * (len(p) + 1) + product
    keep = np.zeros(len(row), dtype=bool)
    keep[np.unique(pair, return_index=True)[1]] = True
    keep &= (p.listed[product] <= at) & (at < p.delisted[product])
    return _Shown(row[keep], product[keep], at[keep])


def _from_palette(
    plan: Plan, c: Creators, shelves: Shelves, who: np.ndarray, slot: np.ndarray
) -> np.ndarray:
    second = uniform(who, slot, 21, plan.seed) < 0.25
    category = np.where(second, c.second[who], c.niche[who])
    return shelves.draw(category, uniform(who, slot, 22, plan.seed))


def _write_shown(tables: Tables, contents: Contents, shown: _Shown) -> None:
    tables.write(
        "content_products",
        {
            "content_id": ids("v", contents.number[shown.row]),
            "product_id": ids("p", shown.product),
            "shown_at": times(shown.at),
        },
    )


def _write_contents(
    plan: Plan,
    rng: np.random.Generator,
    tables: Tables,
    c: Creators,
    p: Products,
    contents: Contents,
    shown: _Shown,
) -> None:
    count = len(contents.number)
    product = np.full(count, -1)
    product[shown.row[::-1]] = shown.product[::-1]
    topic = Topic(
        c.language[contents.creator],
        np.where(product < 0, 0, p.noun[product]),
        np.where(product < 0, 0, p.brand[product]),
        contents.text_key,
    )
    counted = contents.started + (rng.uniform(5, 9, count) * DAY).astype(np.int64)
    uncounted = counted > plan.stop
    columns = {
        "content_id": ids("v", contents.number),
        "creator_id": ids("c", contents.creator),
        "kind": named(["video", "livestream"], contents.kind),
        "started_at": times(contents.started),
        "duration_s": pa.array(contents.duration),
        "title": write_texts(topic, ["title.adjective", "title.noun", "variant.*"]),
        "transcript": blank(_transcripts(contents, topic), rng.random(count) < 0.08),
        "counted_at": times(counted, uncounted),
    }
    counters = _counters(rng, c, contents)
    columns |= {name: pa.array(values, mask=uncounted) for name, values in counters.items()}
    tables.write("contents", columns)


def _transcripts(contents: Contents, topic: Topic) -> pa.Array:
    """Openings, pitches, chat and offers; a livestream goes round more than once."""
    said = ["transcript.open", "transcript.pitch", "detail.*", "transcript.demo"]
    first = write_texts(topic, said, 100)
    middle = write_some(
        contents.kind == LIVE,
        topic,
        LIVE_SECTIONS,
        200,
    )
    texts = [first, middle]
    for name, code in (
        ("claims", CreatorHarm.CLAIMS),
        ("diversion", CreatorHarm.DIVERSION),
        ("gambling", CreatorHarm.GAMBLING),
    ):
        texts.append(write_some(contents.special == code, topic, [f"transcript.{name}"], 300))
    texts.append(write_texts(topic, ["transcript.offer", "transcript.close"], 400))
    return sentence(*texts)


def _counters(rng: np.random.Generator, c: Creators, contents: Contents) -> dict[str, np.ndarray]:
    who, count = contents.creator, len(contents.creator)
    bots = c.has(CreatorHarm.BOTS)[who] & contents.is_active
    looped = c.has(CreatorHarm.LOOPED_LIVE)[who] & contents.is_active & (contents.kind == LIVE)
    real = contents.real_views
    views = np.where(bots, real * rng.uniform(2.5, 12, count), real)
    likes = real * c.engagement[who] * np.exp(rng.normal(0, 0.3, count))
    likes = np.where(bots, likes * rng.uniform(0.7, 3.5, count), likes)
    comments = likes * 0.12 * np.exp(rng.normal(0, 0.6, count)) * np.where(looped, 0.25, 1)
    comments *= np.where(contents.kind == LIVE, 3, 1)
    shares = likes * 0.07 * np.exp(rng.normal(0, 0.7, count)) * np.where(bots, 0.6, 1)
    raw = {"views": views, "likes": likes, "comments": comments, "shares": shares}
    return {name: rng.poisson(np.minimum(value, 1e9)) for name, value in raw.items()}


def _compact(
    plan: Plan, c: Creators, p: Products, contents: Contents, shown: _Shown
) -> tuple[np.ndarray, ...]:
    who = contents.creator[shown.row]
    appeal = p.popularity[shown.product] ** 0.5 / (p.price[shown.product] / 2_000) ** 0.25
    expected = contents.real_views[shown.row] ** 0.8 * c.conversion[who] * appeal
    return (
        shown.product.astype(np.int32),
        contents.number[shown.row].astype(np.int32),
        who.astype(np.int32),
        (shown.at - plan.start).astype(np.int32),
        expected.astype(np.float32),
    )


def _showcase(plan: Plan, parts: list[tuple[np.ndarray, ...]]) -> Showcase:
    product, content, creator, shown, expected = (
        np.concatenate([part[i] for part in parts]) for i in range(5)
    )
    order = np.argsort(product, kind="stable")
    expected = np.minimum(expected, np.quantile(expected, 0.999)) if len(expected) else expected
    scale = SHOWN_SHARE * plan.lines / max(float(expected.sum(dtype=np.float64)), 1e-9)
    return Showcase(
        product[order], content[order], creator[order], shown[order], (expected * scale)[order]
    )


def _write_interactions(
    plan: Plan,
    tables: Tables,
    c: Creators,
    p: Products,
    shelves: Shelves,
    contents: Contents,
    shown: _Shown,
    chunk: np.ndarray,
) -> None:
    """Samples and showcase links before a first show, and products only looked at."""
    who = contents.creator[shown.row]
    order = np.lexsort((shown.at, shown.product, who))
    who, product, at = who[order], shown.product[order], shown.at[order]
    is_first = np.ones(len(who), dtype=bool)
    is_first[1:] = (who[1:] != who[:-1]) | (product[1:] != product[:-1])
    who, product, at = who[is_first], product[is_first], at[is_first]
    known = np.maximum(c.joined[who], p.listed[product])
    linked = np.maximum(known, at - pick(4 * DAY, who, product, 31))
    asked = np.maximum(known, linked - pick(12 * DAY, who, product, 32))
    sample = uniform(who, product, 33) < 0.45
    looker, seen = np.repeat(chunk, 8), np.tile(np.arange(8), len(chunk))
    viewed = _from_palette(plan, c, shelves, looker, PALETTE + seen)
    first = np.maximum(np.maximum(c.joined[looker], p.listed[viewed]), plan.start)
    moment = first + (uniform(looker, seen, 34) * (plan.stop - first)).astype(np.int64)
    kinds = [0] * int(sample.sum()), [1] * len(who), [2] * len(looker)
    tables.write(
        "interactions",
        {
            "creator_id": ids("c", np.concatenate([who[sample], who, looker])),
            "product_id": ids("p", np.concatenate([product[sample], product, viewed])),
            "kind": named(
                ["sample_requested", "link_added", "viewed"],
                np.concatenate([np.array(kind, dtype=np.int64) for kind in kinds]),
            ),
            "at": times(np.concatenate([asked[sample], linked, moment])),
            "value": _commission(who, product, int(sample.sum()), len(looker)),
        },
    )


def _commission(who: np.ndarray, product: np.ndarray, before: int, after: int) -> pa.Array:
    """Commission in percent, agreed when the link is added."""
    rate = 5.0 + pick(16, who, product, 35)
    values = np.concatenate([np.zeros(before), rate, np.zeros(after)])
    missing = np.ones(len(values), dtype=bool)
    missing[before : before + len(rate)] = False
    return pa.array(values, mask=missing)
