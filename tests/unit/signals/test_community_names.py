import pandas as pd
import pytest

from analytics.errors import InputError
from analytics.signals.communities.names import name_rings


def members(**rings):
    """Merchants by ring; digits after an underscore are a ring's number."""
    rows = [
        {"ring": int(ring[1:]) if ring[0] == "_" else ring, "entity_type": "merchant",
         "entity_id": name}
        for ring, names in rings.items()
        for name in names
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["ring", "entity_type", "entity_id"])


def named(now, before=None):
    return name_rings(now, before).set_index("ring")


def test_a_ring_keeps_its_name_as_it_grows_and_shrinks():
    before = members(alpha="abc", beta="xyz")
    names = named(members(_0="abcde", _1="xy"), before)
    assert names["name"].to_dict() == {0: "alpha", 1: "beta"}
    assert names[["previous_size", "joined", "left"]].to_numpy().tolist() == [[3, 2, 0], [3, 0, 1]]


def test_the_larger_part_of_a_split_ring_keeps_the_name():
    names = named(members(_0="ab", _1="cde"), members(alpha="abcde"))
    assert names.loc[1, "name"] == "alpha"
    assert names.loc[0, "name"].startswith("ring-")
    assert names.loc[0, "split_from"] == ["alpha"]
    assert pd.isna(names.loc[0, "previous"])


def test_merged_rings_take_the_name_of_the_larger():
    names = named(members(_0="abcxy"), members(alpha="xy", beta="abc"))
    assert names.loc[0, "name"] == "beta"
    assert names.loc[0, "merged_from"] == ["alpha"]


def test_equal_halves_are_told_apart_by_their_members_not_their_numbers():
    before = members(alpha="abcd")
    one = named(members(_0="ab", _1="cd"), before)
    other = named(members(_1="ab", _0="cd"), before)
    assert one.loc[0, "name"] == other.loc[1, "name"] == "alpha"
    assert one.loc[1, "name"] == other.loc[0, "name"]


def test_two_rings_never_get_one_name():
    before = named(members(_0="ab"))
    old = before.loc[0, "name"]
    # The earlier ring's name goes on elsewhere while its founders meet again.
    names = named(members(_0="ab", _1="cde"), members(**{old: "cdeab"}))
    assert names.loc[1, "name"] == old
    assert names["name"].is_unique


def test_without_earlier_rings_names_depend_on_members_only():
    one = named(members(_0="ab", _1="cd"))
    other = named(members(_5="dc", _7="ba"))
    assert one.loc[0, "name"] == other.loc[7, "name"]
    assert one["joined"].tolist() == [2, 2]


def test_buyers_carry_no_name():
    before = members(alpha="ab")
    now = members(_0="cd")
    follower = {"entity_type": "buyer", "entity_id": "b1"}
    before.loc[len(before)] = {"ring": "alpha"} | follower
    now.loc[len(now)] = {"ring": 0} | follower
    assert pd.isna(named(now, before).loc[0, "previous"])


def test_nobody_stands_in_two_rings():
    with pytest.raises(InputError, match="merchant a stands in two of the found rings"):
        name_rings(members(_0="ab", _1="ac"))
    with pytest.raises(InputError, match="earlier rings lack the column entity_id"):
        name_rings(members(_0="ab"), members(_0="ab").drop(columns="entity_id"))


def test_no_rings_have_no_names():
    names = name_rings(members(), members(alpha="ab"))
    assert names.empty
    assert "merged_from" in names.columns
