"""Who is learned from and who judges: by group, for good."""

import pandas as pd
import pytest

from analytics.retraining.holdout import is_held_out, split_labels

# Of the groups g0 … g19 these are held out at one in five.
HELD_OUT_AT_A_FIFTH = ["g7", "g12", "g16", "g18", "g19"]


def labels(*rows: tuple[str, str | None, float | None]) -> pd.DataFrame:
    names = ["entity_id", "queue_policy", "inclusion_probability"]
    return pd.DataFrame(rows, columns=names).set_index("entity_id")


def test_a_group_is_held_out_by_its_name_alone():
    groups = pd.Series([f"g{i}" for i in range(20)])
    drawn = is_held_out(groups, 0.2)
    assert list(groups[drawn]) == HELD_OUT_AT_A_FIFTH
    pd.testing.assert_series_equal(is_held_out(groups[::-1], 0.2)[::-1], drawn)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5])
def test_about_the_share_of_groups_is_held_out(share):
    groups = pd.Series([f"merchant-{i}" for i in range(20_000)])
    assert is_held_out(groups, share).mean() == pytest.approx(share, abs=0.01)


def test_a_larger_share_holds_out_the_same_groups_and_more():
    groups = pd.Series([f"g{i}" for i in range(1_000)])
    assert (is_held_out(groups, 0.3) | ~is_held_out(groups, 0.2)).all()


def test_control_and_held_out_cases_judge_and_their_mates_are_not_learned_from():
    decided = labels(
        ("in the control sample", "control", 0.01),
        ("its mate", "expected_harm", 1.0),
        ("held out", "expected_harm", 1.0),
        ("held out, by hand", "hand", None),
        ("held out, from the data", None, None),
        ("else", "expected_harm", 1.0),
        ("else, from the data", None, None),
    )
    groups = pd.Series(["g0", "g0", "g7", "g7", "g12", "g1", "g2"], index=decided.index)

    split = split_labels(decided, groups, 0.2)

    assert list(split.evaluation) == ["in the control sample", "held out"]
    assert list(split.aside) == ["its mate", "held out, by hand", "held out, from the data"]
    assert list(split.training) == ["else", "else, from the data"]
    assert not set(groups[split.training]) & set(groups[split.evaluation])
