"""The generator as a whole, on a marketplace small enough for every run of the suite."""

import hashlib
import json
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analytics.errors import InputError
from analytics.policies import load_taxonomy
from analytics.settings import Settings
from analytics.snapshots.contract import TABLES
from analytics.snapshots.home import Home
from analytics.snapshots.ingest import ingest
from analytics.snapshots.sources.tables import open_tables
from sample_data.generator import generate

MERCHANTS = 800


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sample") / "out"
    generate(out, merchants=MERCHANTS, seed=1)
    return out


@pytest.fixture(scope="module")
def con(sample: Path) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    files = [*sample.glob("tables/*.parquet"), *sample.glob("*.parquet")]
    for file in files:
        con.read_parquet(str(file)).create_view(file.stem)
    return con


def rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple]:
    return con.cursor().execute(sql).fetchall()


def frame(con: duckdb.DuckDBPyConnection, sql: str) -> pd.DataFrame:
    return con.cursor().execute(sql).df()


def digest(folder: Path) -> dict[str, str]:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
    }


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("one", 7), ("two", 7), ("three", 8)):
        generate(tmp_path / name, merchants=60, seed=seed)

    assert digest(tmp_path / "one") == digest(tmp_path / "two")
    assert digest(tmp_path / "one") != digest(tmp_path / "three")


@pytest.mark.parametrize("table", TABLES)
def test_every_table_has_all_columns_of_the_contract_in_their_types(
    sample: Path, table: str
) -> None:
    contract = TABLES[table]
    schema = pq.read_schema(sample / "tables" / f"{table}.parquet")
    stored = {name: schema.field(name).type for name in contract.columns}

    assert stored == {name: contract.type_of(name) for name in contract.columns}
    assert pq.read_metadata(sample / "tables" / f"{table}.parquet").num_rows > 0
    assert contract.is_open or set(schema.names) == set(contract.columns)


def test_ingest_rejects_nothing(sample: Path, tmp_path: Path) -> None:
    source = open_tables(sample / "tables")
    result = ingest(source, Home(tmp_path), settings=Settings(home=tmp_path, threads=2))
    tables = result.dataset.manifest.tables

    assert set(tables) == set(TABLES)
    assert {t.rejected_rows + t.emptied_cells for t in tables.values()} == {0}
    assert {t.not_yet_known for t in tables.values()} == {0}
    assert all(not t.unknown_columns for t in tables.values())


def test_the_truth_stands_apart_and_speaks_of_entities_that_exist(
    con: duckdb.DuckDBPyConnection, sample: Path
) -> None:
    truth = frame(con, "from truth")
    codes = {policy.code for policy in load_taxonomy().policies}

    assert list(truth.columns) == ["entity_type", "entity_id", "policy", "group", "since"]
    assert set(truth["policy"]) <= codes
    for entity in ("merchant", "product", "creator"):
        known = set(frame(con, f"select {entity}_id as id from {entity}s")["id"])
        assert set(truth.loc[truth["entity_type"] == entity, "entity_id"]) <= known
    assert not {f.stem for f in (sample / "tables").iterdir()} & {"truth", "lookalikes", "shocks"}


def test_prevalence_is_as_stated(sample: Path) -> None:
    summary = json.loads((sample / "sample.json").read_text())

    assert summary["prevalence"]["merchant"] == pytest.approx(0.06, abs=0.01)
    assert summary["prevalence"]["product"] == pytest.approx(0.03, abs=0.012)
    assert summary["prevalence"]["creator"] == pytest.approx(0.055, abs=0.015)


def test_everything_is_planted_and_nobody_is_both_guilty_and_innocent(
    con: duckdb.DuckDBPyConnection,
) -> None:
    policies = {policy for (policy,) in rows(con, "select distinct policy from truth")}
    kinds = {kind for (kind,) in rows(con, "select distinct kind from lookalikes")}
    both = rows(con, "from truth semi join lookalikes using (entity_type, entity_id)")

    assert policies >= {"M1", "M2", "M3", "M4", "M5", "M6", "M7", "M8", "M9"}
    assert policies >= {"P1", "P3", "P5", "P6", "P7", "P8", "P9"}
    assert policies >= {"C1", "C3", "C4", "C5", "C6", "C7", "C9"}
    assert kinds >= {"shared_warehouse", "family_business", "new_shop", "seasonal_burst"}
    assert kinds >= {"generous_promotion", "honest_late", "fan_club", "agency", "viral"}
    assert both == []


def test_every_ring_member_shares_a_device_or_account_with_another(
    con: duckdb.DuckDBPyConnection,
) -> None:
    alone = rows(
        con,
        """
        with ring as (
            select entity_id, "group" from truth
            where entity_type = 'merchant' and policy = 'M8'
            qualify count(*) over (partition by "group") >= 3
        ),
        value as (
            select entity_id, "group", kind, value_hash from ring
            join links using (entity_id) where kind in ('device', 'bank_account')
        ),
        shared as (
            select distinct a.entity_id from value a join value b using ("group", kind, value_hash)
            where a.entity_id <> b.entity_id
        )
        from ring anti join shared using (entity_id)
        """,
    )
    assert len(alone) <= 1  # a branch of a large ring may have only one member


def test_warehouses_are_shared_by_the_honest(con: duckdb.DuckDBPyConnection) -> None:
    (largest,) = rows(
        con,
        """
        select count(distinct entity_id) as shops,
               count(distinct entity_id) filter (where entity_id in (
                   select entity_id from truth where entity_type = 'merchant')) as harmful
        from links where kind = 'address' and entity_type = 'merchant'
        group by value_hash order by shops desc limit 1
        """,
    )
    assert largest[0] >= 10
    assert largest[1] <= largest[0] // 3


def test_a_banned_shop_sells_nothing_and_comes_back_under_another_name(
    con: duckdb.DuckDBPyConnection,
) -> None:
    banned = frame(con, """select entity_id, "at" from events where kind = 'banned'""")
    later = rows(
        con,
        """
        select count(*) from orders join events on entity_id = merchant_id and kind = 'banned'
        where placed_at >= "at"
        """,
    )
    followers = rows(
        con,
        """
        select count(*) from truth old join truth new using ("group")
        join merchants on merchant_id = new.entity_id
        join events on events.entity_id = old.entity_id and kind = 'banned'
        where new.policy = 'M8' and registered_at > "at"
        """,
    )
    assert len(banned) >= 1
    assert later == [(0,)]
    assert followers[0][0] >= len(banned)


def test_bust_outs_sell_hard_and_do_not_deliver(con: duckdb.DuckDBPyConnection) -> None:
    busts = frame(
        con,
        """
        select merchant_id, avg((delivered_at is null)::int) as missing, count(*) as lines
        from orders join truth on entity_id = merchant_id and policy = 'M3'
        where placed_at between since and since + interval 10 day group by 1
        """,
    )
    assert (busts["missing"] > 0.5).sum() >= 3


def test_planted_order_bursts_start_when_they_say(con: duckdb.DuckDBPyConnection) -> None:
    found = frame(
        con,
        """
        select s.entity_id,
               count(*) filter (where placed_at >= started_at and placed_at < ended_at)
                   / date_diff('day', any_value(started_at), any_value(ended_at)) as during,
               count(*) filter (where placed_at < started_at
                   and placed_at >= started_at - interval 60 day) / 60 as before
        from shocks s join orders on merchant_id = s.entity_id
        where s.kind = 'order_burst' group by 1
        """,
    )
    assert len(found) >= 1
    assert (found["during"] > 2 * found["before"]).all()


def test_no_id_gives_the_harmful_away(con: duckdb.DuckDBPyConnection) -> None:
    ranks = frame(
        con,
        """
        select entity_type, avg(substr(entity_id, 2)::int) as mean from truth group by 1
        union all select 'merchants', avg(substr(merchant_id, 2)::int) from merchants
        union all select 'creators', avg(substr(creator_id, 2)::int) from creators
        """,
    ).set_index("entity_type")["mean"]

    assert ranks["merchant"] == pytest.approx(ranks["merchants"], rel=0.25)
    assert ranks["creator"] == pytest.approx(ranks["creators"], rel=0.35)


def test_texts_are_in_several_languages_and_rarely_repeat(
    con: duckdb.DuckDBPyConnection,
) -> None:
    transcripts = rows(
        con,
        """
        select count(distinct transcript) / count(transcript) from contents
        where creator_id not in (select entity_id from truth)
        """,
    )
    languages = rows(
        con,
        """
        select count(*) filter (where text like '%Quality%'),
               count(*) filter (where text like '%Qualidade%'),
               count(*) filter (where text like '%Kualitas%') from reviews
        """,
    )
    assert transcripts[0][0] > 0.95
    assert all(count > 50 for count in languages[0])


def test_past_decisions_are_mostly_right_and_can_be_left_out(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    decided = frame(
        con,
        """
        select outcome, coalesce(since <= decided_at, false) as is_harmful
        from past_decisions left join truth using (entity_type, entity_id)
        where outcome <> 'cannot_tell'
        """,
    )
    right = (decided["outcome"] == "violation") == decided["is_harmful"]
    generate(tmp_path / "out", merchants=60, with_decisions=False)

    assert len(decided) >= 150
    assert right.mean() > 0.88
    assert not (tmp_path / "out" / "tables" / "past_decisions.parquet").exists()


def test_the_end_can_be_moved(tmp_path: Path) -> None:
    generate(tmp_path / "out", merchants=60, end=datetime(2025, 3, 1))
    table = pq.read_table(tmp_path / "out" / "tables" / "orders.parquet", columns=["placed_at"])

    last = pa.compute.max(table["placed_at"]).as_py()
    assert datetime(2025, 2, 25) < last < datetime(2025, 3, 1)


def test_only_an_earlier_sample_is_replaced(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "precious.txt").write_text("mine")

    with pytest.raises(InputError, match="not empty and not an earlier sample"):
        generate(out, merchants=60)
    assert (out / "precious.txt").read_text() == "mine"

    generate(tmp_path / "new", merchants=60, seed=1)
    summary = generate(tmp_path / "new", merchants=70, seed=1)
    assert summary.rows["merchants"] == 70
    assert not (tmp_path / ".tmp-new").exists()


@pytest.mark.parametrize(
    ("given", "message"),
    [({"merchants": 5}, "too few to plant"), ({"seed": -1}, "seed -1 is negative")],
)
def test_impossible_sizes_are_refused(given: dict[str, int], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        generate(tmp_path / "out", **given)  # type: ignore[arg-type]
