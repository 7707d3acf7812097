"""Pictures of rings: what is drawn, what is left out, and nothing hostile in it."""

from datetime import datetime

import pandas as pd

from analytics import charts


def nodes(*rows: tuple[object, ...]) -> pd.DataFrame:
    columns = ["entity_type", "entity_id", "name", "violation_probability", "expected_harm"]
    return pd.DataFrame(rows, columns=columns).assign(confirmed=[1.0, *[None] * (len(rows) - 1)])


def edges(*rows: tuple[object, ...]) -> pd.DataFrame:
    columns = ["entity_type", "entity_id", "other_type", "other_id", "relation", "weight"]
    return pd.DataFrame(rows, columns=columns).assign(first_seen=datetime(2026, 3, 1))


THREE = nodes(
    ("merchant", "m1", "<b>Bad</b> $x$", 0.9, 50.0),
    ("creator", "c1", None, 0.2, 10.0),
    ("buyer", "b1", None, None, None),
)
TIES = edges(
    ("creator", "c1", "merchant", "m1", "bank_account", 0.9),
    ("creator", "c1", "merchant", "m1", "address", 0.2),
    ("buyer", "b1", "merchant", "m1", "<i>tax</i>", 0.5),
    ("merchant", "m1", "merchant", "gone", "device", 0.9),
)


def named(figure, name: str):
    return next(trace for trace in figure.data if trace.name == name)


def test_points_are_shaped_by_type_and_coloured_by_risk():
    figure = charts.network(THREE, TIES, center=("merchant", "m1"))
    merchants, creators, buyers = (named(figure, n) for n in ("Merchants", "Creators", "Buyers"))
    symbols = [trace.marker.symbol for trace in (merchants, creators, buyers)]
    assert symbols == ["circle", "diamond", "x"]
    assert [list(merchants.customdata[0]), list(creators.customdata[0])] == [
        ["merchant", "m1"], ["creator", "c1"],
    ]  # fmt: skip
    assert list(merchants.marker.color) == [0.9]
    assert buyers.marker.color == "#8A8F98"  # of buyers no risk is known
    assert list(merchants.marker.size) == [20]
    assert list(merchants.marker.line.width) == [3.5]  # confirmed
    assert list(creators.marker.line.width) == [0.5]


def test_hidden_ties_are_lines_and_open_ones_are_dotted():
    figure = charts.network(THREE, TIES)
    assert named(figure, "Hidden").line.dash == "solid"
    assert len(named(figure, "Hidden").x) == 2 * 3  # two pairs, a gap after each
    assert named(figure, "Shown openly").line.dash == "dot"
    texts = sorted(next(t for t in figure.data if t.marker.opacity == 0).text)
    assert texts == [
        "Same &lt;i&gt;tax&lt;/i&gt; since 2026-03-01",
        "Same bank account since 2026-03-01<br>Same address since 2026-03-01",
    ]


def test_names_are_no_markup():
    text = named(charts.network(THREE, TIES), "Merchants").text[0]
    assert text.startswith(
        "<b>&lt;b&gt;Bad&lt;/b&gt; &#36;x&#36;</b><br>Merchant<br>Violation 90 %"
    )
    assert text.endswith("Confirmed")


def test_the_same_ring_gives_the_same_picture():
    assert charts.network(THREE, TIES) == charts.network(THREE, TIES)


def test_at_most_three_hundred_are_drawn_and_the_center_always():
    many = nodes(*(("merchant", f"m{n}", None, 0.1, float(n)) for n in range(400)))
    many.loc[399, "entity_type"] = "buyer"
    kept = charts.drawn(many)
    assert len(kept) == 300
    assert kept["entity_id"].tolist()[:2] == ["m0", "m398"]
    assert "m399" not in set(kept["entity_id"])
    assert sum(len(trace.x) for trace in charts.network(many, TIES[:0]).data) == 300


def test_alt_says_what_is_drawn():
    assert charts.network_alt(THREE, TIES) == (
        "Network of 3 entities, 1 confirmed, tied by 3 ties: same bank account (1), same address "
        "(1), same <i>tax</i> (1)."
    )
    assert charts.network_alt(THREE[:0], TIES) == "Nobody is tied to anybody."


def test_growth_counts_members_by_the_day_they_joined():
    members = pd.DataFrame({"joined_at": [datetime(2026, 2, 1), datetime(2026, 1, 1), pd.NaT]})
    figure = charts.ring_timeline(members, TIES)
    growth = named(figure, "Members")
    assert list(growth.y) == [1, 2]
    assert str(growth.x[0])[:10] == "2026-01-01"
    assert {"Same bank account", "Same device"} < {trace.name for trace in figure.data}
    assert charts.ring_timeline_alt(members, TIES) == (
        "2 members joined from 2026-01-01 to 2026-02-01, by 4 ties."
    )
    assert charts.ring_timeline_alt(members[2:], TIES) == "Nothing about it has a date."
