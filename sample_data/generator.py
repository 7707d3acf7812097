"""The sample marketplace: all tables of the contract, and apart from them what is true."""

import json
import shutil
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from analytics.errors import InputError
from analytics.progress import NullProgress, Progress
from sample_data.arrow import Tables, ids, open_parquet
from sample_data.bursts import make_bursts
from sample_data.catalogue import Clock, read_catalogue
from sample_data.changes import changes_table
from sample_data.content_tables import write_contents
from sample_data.creators import Creators, make_creators
from sample_data.decisions import write_decisions
from sample_data.events import write_creator_events, write_merchant_events, write_product_events
from sample_data.extras import write_extras
from sample_data.fulfilment import fulfil
from sample_data.lines import Market, draw_lines, expected_lines
from sample_data.links import write_links
from sample_data.listings import write_creators, write_merchants, write_products
from sample_data.merchants import Merchants, make_merchants
from sample_data.orders import write_orders, write_reviews
from sample_data.plan import DEFAULT_END, Plan
from sample_data.prices import make_prices
from sample_data.products import Products, make_products
from sample_data.shocks import make_shocks
from sample_data.truth import look_alike_table, truth_table

MARK = "sample.json"


@dataclass(frozen=True)
class Summary:
    """What was made.

    Attributes:
        rows: Rows of each table.
        prevalence: Share of each entity type that violates a policy by the end.
        violations: Violators by policy.
        look_alikes: Innocent look-alikes by kind.
    """

    merchants: int
    seed: int
    end: str
    rows: dict[str, int]
    prevalence: dict[str, float]
    violations: dict[str, int]
    look_alikes: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """The summary as plain data."""
        return asdict(self)

    def summary(self) -> str:
        """What was made, in words."""
        rows = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in self.rows.items())
        shares = ", ".join(f"{share:.1%} of {e}s" for e, share in self.prevalence.items())
        return f"Wrote {rows}.\nPlanted harm in {shares}; innocent look-alikes: " + ", ".join(
            f"{count:,} {kind.replace('_', ' ')}" for kind, count in self.look_alikes.items()
        )


def generate(
    out: Path,
    merchants: int = 3_000,
    seed: int = 0,
    progress: Progress | None = None,
    end: datetime = DEFAULT_END,
    with_decisions: bool = True,
) -> Summary:
    """Write a sample marketplace.

    `out/tables/*.parquet` are the tables of the contract. Apart from them: `truth.parquet`
    (entity_type, entity_id, policy, group, since), `lookalikes.parquet` (entity_type, entity_id,
    kind, group), `shocks.parquet` (entity_type, entity_id, kind, started_at, ended_at, size),
    `changes.parquet` (entity_type, entity_id, kind, started_at, ended_at, lines) and `sample.json`,
    the summary. The same arguments give the same files, byte by byte.

    Raises:
        InputError: `out` holds something that is not an earlier sample, or a number is too small.
    """
    if merchants < 20:
        raise InputError(
            f"{merchants} merchants are too few to plant anything.", hint="Ask for 20 or more."
        )
    if seed < 0:
        raise InputError(f"The seed {seed} is negative.", hint="Use 0 or more.")
    plan = Plan(merchants, seed, end, with_decisions)
    folder = _clear(out)
    summary = _generate(plan, folder, progress or NullProgress())
    text = json.dumps(summary.to_dict(), indent=2, sort_keys=True)
    (folder / MARK).write_text(text + "\n", encoding="utf-8")
    if out.exists():
        shutil.rmtree(out)
    folder.replace(out)
    return summary


def _clear(out: Path) -> Path:
    """A new folder beside `out` to write to; refuse to replace what is not a sample."""
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file.", hint="Name a folder for the sample.")
    if out.is_dir() and any(out.iterdir()) and not (out / MARK).exists():
        raise InputError(
            f"{out} is not empty and not an earlier sample.", hint="Name a new or empty folder."
        )
    folder = out.with_name(f".tmp-{out.name}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _generate(plan: Plan, folder: Path, progress: Progress) -> Summary:
    with progress.step("Drawing merchants, products and creators"):
        m = make_merchants(plan)
        p = make_products(plan, m)
        c = make_creators(plan, m.groups)
        shocks = make_shocks(plan, m)
    with Tables(folder / "tables") as tables:
        with progress.step("Writing contents and what they show"):
            write_creators(tables, c)
            write_creator_events(plan, plan.rng("creator events"), tables, c)
            showcase = write_contents(plan, tables, c, p, len(read_catalogue().categories))
        bursts = make_bursts(plan, m, p, c, shocks, showcase)
        with progress.step("Writing links and extra features"):
            write_links(plan, tables, m, c, bursts)
            write_extras(plan, tables, m, c)
        market = Market(plan, m, p, showcase, shocks, bursts, Clock(plan.start))
        _write_shops(market, tables, progress)
        truth, look_alikes = truth_table(m, p, c), look_alike_table(m, p, c)
        if plan.with_decisions:
            write_decisions(
                plan, tables, truth.to_pandas(), look_alikes.to_pandas(), _dated(m, p, c)
            )
    apart = {
        "truth": truth,
        "lookalikes": look_alikes,
        "shocks": shocks.table(),
        "changes": changes_table(plan, m, bursts),
    }
    for name, table in apart.items():
        with open_parquet(folder, name, table.schema) as writer:
            writer.write_table(table)
    return _summary(plan, tables, truth, look_alikes)


def _write_shops(market: Market, tables: Tables, progress: Progress) -> None:
    """Merchants with their products, orders, reviews and events, some at a time."""
    plan, p = market.plan, market.products
    expected = expected_lines(market)
    bounds = _bounds(expected, plan.chunk_lines)
    with progress.step("Writing shops and their orders", float(expected.sum())) as step:
        orders = reviews = 0
        for part, (first, last) in enumerate(pairwise(bounds)):
            write_merchants(tables, market.merchants, first, last)
            rng = plan.rng("prices", part)
            low, high = int(p.first[first]), int(p.first[last])
            prices = make_prices(plan, rng, market.merchants, p, market.shocks, low, high)
            write_products(plan, tables, market.merchants, p, prices, high)
            rng = plan.rng("events", part)
            write_merchant_events(market, rng, tables, first, last)
            write_product_events(market, rng, tables, prices, high)
            rng = plan.rng("orders", part)
            lines = draw_lines(market, rng, first, last, orders)
            fate = fulfil(market, rng, lines)
            write_orders(market, rng, tables, lines, fate, prices)
            reviews += write_reviews(market, rng, tables, lines, fate, reviews)
            orders += int((lines.line_no == 1).sum())
            step.advance(float(expected[first:last].sum()))


def _bounds(expected: np.ndarray, at_once: int) -> list[int]:
    """Where to cut the merchants so that each part has about `at_once` lines."""
    part = (np.cumsum(expected) // at_once).astype(np.int64)
    return [0, *(np.flatnonzero(np.diff(part)) + 1).tolist(), len(expected)]


def _dated(m: Merchants, p: Products, c: Creators) -> dict[str, pd.Series]:
    pairs = {"merchant": m.registered, "product": p.listed, "creator": c.joined}
    return {
        entity: pd.Series(
            pd.to_datetime(opened, unit="s"),
            index=ids(entity[0], np.arange(len(opened))).to_numpy(zero_copy_only=False),
        )
        for entity, opened in pairs.items()
    }


def _summary(plan: Plan, tables: Tables, truth: pa.Table, look_alikes: pa.Table) -> Summary:
    frame = truth.to_pandas()
    totals = {e: tables.rows[f"{e}s"] for e in ("merchant", "product", "creator")}
    harmful = frame.groupby("entity_type")["entity_id"].nunique()
    return Summary(
        merchants=plan.merchants,
        seed=plan.seed,
        end=plan.end.isoformat(),
        rows=dict(tables.rows),
        prevalence={e: round(float(harmful.get(e, 0)) / n, 4) for e, n in totals.items()},
        violations=frame["policy"].value_counts().sort_index().to_dict(),
        look_alikes=look_alikes.to_pandas()["kind"].value_counts().sort_index().to_dict(),
    )
