"""Writes contents, what they show, and what creators otherwise do with products."""

import numpy as np
import pyarrow as pa

from sample_data.arrow import Tables, blank, ids, named, times
from sample_data.contents import (
    LIVE,
    PALETTE,
    Contents,
    Scene,
    Shelves,
    Showcase,
    Shown,
    chunks,
    from_palette,
    make_contents,
    make_showcase,
    show_products,
    sources_of_orders,
)
from sample_data.creators import Creators
from sample_data.harm import CreatorHarm
from sample_data.plan import DAY, Plan, pick, uniform
from sample_data.products import Products
from sample_data.text import Topic, sentence, write_some, write_texts

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


def write_contents(
    plan: Plan, tables: Tables, creators: Creators, products: Products, categories: int
) -> Showcase:
    """Write contents, content_products and interactions; return what orders may come from."""
    scene = Scene(plan, creators, products, Shelves(products, categories))
    parts: list[tuple[np.ndarray, ...]] = []
    first_number = 0
    for part, chunk in enumerate(chunks(creators.contents, max(1, plan.chunk_lines // 10))):
        rng = plan.rng("contents", part)
        contents = make_contents(plan, rng, creators, chunk, first_number)
        first_number += len(contents.number)
        shown = show_products(scene, rng, contents)
        write_content_rows(scene, rng, tables, contents, shown)
        write_shown(tables, contents, shown)
        write_interactions(scene, tables, contents, shown, chunk)
        parts.append(sources_of_orders(scene, contents, shown))
    return make_showcase(plan, parts)


def write_shown(tables: Tables, contents: Contents, shown: Shown) -> None:
    """Write content_products."""
    tables.write(
        "content_products",
        {
            "content_id": ids("v", contents.number[shown.row]),
            "product_id": ids("p", shown.product),
            "shown_at": times(shown.at),
        },
    )


def write_content_rows(
    scene: Scene, rng: np.random.Generator, tables: Tables, contents: Contents, shown: Shown
) -> None:
    """Write contents."""
    plan, c, p = scene.plan, scene.creators, scene.products
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


def write_interactions(
    scene: Scene, tables: Tables, contents: Contents, shown: Shown, chunk: np.ndarray
) -> None:
    """Samples and showcase links before a first show, and products only looked at."""
    plan, c, p = scene.plan, scene.creators, scene.products
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
    viewed = from_palette(scene, looker, PALETTE + seen)
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
