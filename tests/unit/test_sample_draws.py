import numpy as np
import pyarrow as pa
import pytest

from sample_data.arrow import digests, ids, money, times
from sample_data.catalogue import Clock, read_catalogue
from sample_data.harm import Share
from sample_data.lines import Lines, _number
from sample_data.plan import DAY, Plan, pick, ranges, uniform
from sample_data.planting import Planting
from sample_data.prices import PriceHistory

PLAN = Plan(merchants=100)


def test_ids_are_padded_and_missing_ones_null() -> None:
    assert ids("m", np.array([7, -1, 1234]), 5).to_pylist() == ["m00007", None, "m01234"]


def test_money_has_two_decimals() -> None:
    column = money(np.array([1, 1999, 0]), np.array([False, False, True]))

    assert column.type == pa.decimal128(18, 2)
    assert [str(value) for value in column] == ["0.01", "19.99", "None"]


def test_times_are_naive_microseconds() -> None:
    column = times(np.array([86_400, 0]), np.array([False, True]))

    assert column.cast(pa.string()).to_pylist() == ["1970-01-02 00:00:00.000000", None]


def test_digests_are_equal_for_equal_keys_only() -> None:
    one, two, again = digests(np.array([1, 2, 1])).to_pylist()

    assert one == again != two
    assert len(one) == 32
    assert int(one, 16) >= 0


def test_ranges_count_up_within_each_group() -> None:
    assert ranges(np.array([2, 0, 3])).tolist() == [0, 1, 0, 1, 2]


def test_choices_by_key_are_even() -> None:
    counts = np.bincount(pick(4, np.arange(40_000)))

    assert counts.sum() == 40_000
    assert np.abs(counts / 10_000 - 1).max() < 0.05
    assert uniform(np.arange(40_000)).mean() == pytest.approx(0.5, abs=0.01)


def test_the_clock_draws_within_its_window_and_more_at_the_peak() -> None:
    clock, count = Clock(PLAN.start), 20_000
    toys = np.full(count, read_catalogue().categories.index("toys"))
    u = (np.arange(count) + 0.5) / count
    first, last = np.full(count, PLAN.start + 100 * DAY), np.full(count, PLAN.start + 120 * DAY)

    inside = clock.between(toys, first, last, u)
    year = clock.draw(toys, u)
    days = (year - PLAN.start) // DAY
    # The history starts on 1 November; toys peak on 15 December, day 44 of it.
    december, june = ((days >= 35) & (days < 55)).sum(), ((days >= 215) & (days < 235)).sum()

    assert inside.min() >= PLAN.start + 100 * DAY
    assert inside.max() <= PLAN.start + 120 * DAY
    assert december > 2 * june


def test_a_price_holds_until_the_next_change() -> None:
    day = PLAN.start + DAY * np.arange(5)
    history = PriceHistory(
        first=10,
        start=PLAN.start,
        base=np.array([1_000, 2_000]),
        product=np.array([10, 10]),
        at=np.array([day[1], day[3]]),
        old=np.array([1_000, 800]),
        new=np.array([800, 1_000]),
        crossed_out=np.zeros(2, dtype=np.int64),
    )

    assert history.price_at(np.full(5, 10), day).tolist() == [1_000, 800, 800, 1_000, 1_000]
    assert history.price_at(np.full(5, 11), day).tolist() == [2_000] * 5


def test_orders_are_numbered_by_merchant_and_time_with_their_lines_together() -> None:
    # Two orders of merchant 1 at the same second, the second one with two lines.
    lines = Lines(
        merchant=np.array([1, 1, 1, 0]),
        product=np.array([5, 6, 7, 8]),
        show=np.full(4, -1),
        kind=np.zeros(4, dtype=int),
        placed=np.array([100, 100, 100, 300]),
        buyer=np.array([1, 2, 2, 3]),
        order=np.zeros(4, dtype=np.int64),
        line_no=np.array([1, 1, 2, 1]),
    )

    done = _number(PLAN, lines, first_order=40)

    assert done.merchant.tolist() == [0, 1, 1, 1]
    assert done.order.tolist() == [40, 41, 42, 42]
    assert done.line_no.tolist() == [1, 1, 1, 2]
    assert done.product.tolist() == [8, 5, 6, 7]


def test_planting_deals_its_share_in_groups_to_the_free_only() -> None:
    free = np.arange(1_000) % 2 == 0
    planting = Planting(free, np.random.default_rng(0), first_group=5)

    planting.deal({1: Share(0.1, 2, 4), 2: Share(0.05)})  # type: ignore[dict-item]

    assert not planting.code[~free].any()
    assert 97 <= (planting.code == 1).sum() <= 100
    assert (planting.code == 2).sum() == 50
    sizes = np.unique(planting.group[planting.code == 1], return_counts=True)[1]
    assert set(sizes) <= {2, 3, 4}
    assert planting.group[planting.code > 0].min() == 5
