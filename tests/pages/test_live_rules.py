"""What a live rule says on the case page, from shadow to live to retired."""

from pathlib import Path

from analytics.pipeline import open_workbench
from analytics.rules.definition import Condition, Group
from analytics.settings import Settings
from tests.pages.conftest import Open

NAME = "<b>Late</b> :material/home: shops"


def test_a_rule_speaks_on_the_case_only_while_it_is_live(own_home: Path, open_page: Open) -> None:
    bench = open_workbench(Settings(home=own_home, threads=2))
    rules = bench.store.rules
    late = Group("all", (Condition("late_dispatch_90d", ">", 0.05),))
    made = rules.add("merchant", NAME, late, "ana", "Buyers [wait](http://x)", policy="M2")
    rules.move(made.id, "shadow", "ana", "Look first")
    page = open_page(own_home, "case", type="merchant", id="m1")
    assert not [m for m in page.markdown if "fires" in m.value]

    rules.move(made.id, "live", "ana", "It is right")
    (told,) = [m.value for m in page.run().markdown if "fires" in m.value]
    assert told.startswith(":material/rule: Rule “\\<b\\>Late\\</b\\> ")
    assert ":material/home" not in told
    assert "60\u00a0% \\(\\> 5\u00a0%\\)" in told
    (said,) = [c.value for c in page.caption if c.value.startswith("A rule by")]
    assert said == ("A rule by ana: Buyers \\[wait\\]\\(http\\:\u2060//x\\) · may point to M2")

    rules.move(made.id, "retired", "ana", "Not any more")
    assert not [m for m in page.run().markdown if "fires" in m.value]
    bench.close()
