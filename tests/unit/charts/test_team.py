from analytics.charts import backlog, backlog_alt

WAITING = {
    "open": {"under a day": 3, "1 to 3 days": 1},
    "held": {"under a day": 0, "1 to 3 days": 2},
}


def test_the_backlog_is_stacked_by_status_over_age():
    made = backlog(WAITING)
    assert [(bar.name, list(bar.x), list(bar.y)) for bar in made.data] == [
        ("Open", ["under a day", "1 to 3 days"], [3, 1]),
        ("Held", ["under a day", "1 to 3 days"], [0, 2]),
    ]
    assert made.layout.barmode == "stack"


def test_the_backlog_in_words():
    assert backlog_alt(WAITING) == (
        "6 cases waiting: open 4 (under a day 3, 1 to 3 days 1); held 2 (1 to 3 days 2)."
    )


def test_no_backlog_says_so():
    nothing = {"open": {"under a day": 0}}
    assert not backlog(nothing).data
    assert backlog_alt(nothing) == "No case waits."
