"""Suggestions on the Rules page: too few decisions, then a rule that is kept as a draft."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from analytics.pipeline import open_workbench
from analytics.settings import Settings
from tests.pages.conftest import Open
from tests.pages.test_review import said
from tests.support.missed import decide_sixty


def suggested(open_page: Open, home: Path) -> AppTest:
    app = open_page(home, "rules", **{"rule-entity": "merchant"})
    app.session_state["rules-tab"] = "Suggested"
    return app.run()


def test_a_suggestion_is_kept_as_a_draft_with_a_name_and_a_reason(
    own_home: Path, open_page: Open
) -> None:
    app = suggested(open_page, own_home)
    assert not app.exception
    assert "0 missed violations and 0 cleared cases" in said(app)

    bench = open_workbench(Settings(home=own_home, threads=2))
    decide_sixty(bench)
    app.run()
    assert "Order" in said(app)
    assert "precision 100" in said(app)

    app.button(key="draft-merchant-0").click().run()
    assert "A reason is needed" in said(app)
    assert bench.store.rules.all() == []

    app.text_input(key="name-merchant-0").set_value("New shops")
    app.text_input(key="reason-merchant-0").set_value("Complaints about new shops")
    app.button(key="draft-merchant-0").click().run()
    assert not app.exception
    (rule,) = bench.store.rules.all()
    assert (rule.name, rule.state, rule.reason, rule.author) == (
        "New shops", "draft", "Complaints about new shops", "reviewer",
    )  # fmt: skip
    (only,) = rule.definition.parts
    assert (only.feature, only.operator) == ("orders_90d", "<=")
    bench.close()
