"""What is watched in a home folder, from the shell and from the workbench."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from analytics.cli import app
from analytics.errors import InputError
from analytics.pipeline import Workbench, open_workbench
from analytics.settings import Settings
from analytics.warehouse import watched
from tests.support.drawn import decide_all, draw_rounds

MONITOR = {"monitor_least": 2, "monitor_psi": 0.01, "monitor_fdr": 0.9}


def opened(home: Path, **settings: object) -> Workbench:
    return open_workbench(Settings(home=home, threads=2, **settings))


@pytest.fixture
def workbench(live_home) -> Iterator[Workbench]:
    made = opened(live_home.home.path)
    yield made
    made.close()


def portreeve(home: Path, *words: str, **settings: str) -> Result:
    environment = {"PORTREEVE_HOME": str(home), "PORTREEVE_THREADS": "2"}
    environment |= {f"PORTREEVE_{name.upper()}": value for name, value in settings.items()}
    return CliRunner().invoke(app, words, env=environment, catch_exceptions=False)


def test_alerts_are_lines_of_json(live_home) -> None:
    done = portreeve(live_home.home.path, "monitor", "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 0
    assert ("freshness", ["data"]) in [(line["kind"], line["subjects"]) for line in lines]
    assert {line["snapshot_id"] for line in lines} == {live_home.april}
    said = portreeve(live_home.home.path, "monitor").stdout
    assert "Old data or model: The data are known until 2026-04-01" in said


def test_without_an_alert_there_is_no_line_of_json(live_home) -> None:
    late = {"monitor_data_days": "100000", "monitor_model_days": "100000"}
    assert portreeve(live_home.home.path, "monitor", "--json", **late).stdout == ""
    assert portreeve(live_home.home.path, "monitor", **late).stdout == "Nothing crosses a limit.\n"


def test_a_webhook_that_fails_is_a_message_and_no_failure(live_home) -> None:
    hook = {"alert_webhook": "https://localhost:9/secret", "alert_timeout_s": "1"}
    done = portreeve(live_home.home.path, "monitor", "--json", **hook)
    assert done.exit_code == 0
    assert "Not posted: The webhook at localhost cannot be reached" in done.stderr
    assert "secret" not in done.output
    wrong = portreeve(live_home.home.path, "monitor", alert_webhook="http://localhost/hook")
    assert wrong.exit_code == 1
    assert "alert_webhook: String should match pattern" in wrong.stderr


def test_two_snapshots_of_the_tiny_home_are_compared(live_home) -> None:
    bench = opened(live_home.home.path, **MONITOR)
    drift = bench.monitoring.drift(bench.live(), "merchant")
    bench.close()
    assert (drift.reference_id, drift.snapshot_id) == (live_home.march, live_home.april)
    assert drift.is_same_model
    assert drift.is_same_version
    # Four merchants in March, five in April; m1's harm went from 40 to 90.
    harm = drift.scores.set_index("feature").loc["expected_harm"]
    assert (harm["reference_known"], harm["current_known"]) == (4, 5)
    assert (harm["reference_median"], harm["current_median"]) == (25.0, 20.0)


def test_a_reference_must_be_an_earlier_snapshot_and_the_first_has_none(live_home, workbench):
    live = workbench.live()
    with pytest.raises(InputError, match="no earlier snapshot of the same marketplace"):
        workbench.monitoring.drift(live, "merchant", live_home.april)
    first = replace(live, snapshot_id=live_home.march)
    assert workbench.monitoring.drift(first, "merchant") is None


def test_the_newest_row_of_each_table(workbench) -> None:
    found = workbench.monitoring.newest_rows(workbench.live()).set_index("name")
    assert found.loc["orders", "newest"] == pd.Timestamp("2026-03-28")
    assert found.loc["orders", "rows"] == 8
    assert found.loc["reviews", "newest"] == pd.Timestamp("2026-03-28")
    assert "interactions" not in found.index


def test_selection_rates_by_country_of_the_merchant(live_home) -> None:
    bench = opened(live_home.home.path, monitor_least=2, review_capacity=2)
    live = bench.live()
    merchants = bench.monitoring.fairness(live, "merchant")
    products = bench.monitoring.fairness(live, "product")
    bench.close()
    rates = merchants[merchants["dimension"] == "country"].set_index("group")
    # The first two by harm are m1 (US) and m3 (DE), of three and two.
    assert rates["cases"].to_dict() == {"US": 3, "DE": 2}
    assert rates["value"].to_dict() == pytest.approx({"US": 1 / 3, "DE": 1 / 2})
    assert set(merchants["dimension"]) == {"country", "size", "age"}  # no source of languages
    assert set(products.loc[products["dimension"] == "country", "group"]) == {"US", "DE"}


def test_decided_rounds_give_error_rates_a_plan_and_verdicts(workbench) -> None:
    draw_rounds(workbench.store, workbench.live(), rounds=3)
    live, watching = workbench.live(), workbench.monitoring
    assert watching.capacity(live, "merchant", 10) is None
    assert watching.verdicts("merchant").months.empty

    decide_all(workbench.store, every=10)

    plan = watching.capacity(live, "merchant", 2)
    assert (plan.entities, plan.capacity) == (5, 2)
    months = watching.verdicts("merchant").months
    entities = workbench.store.queue.frame("merchant")["entity_id"].nunique()
    assert months["cases"].sum() == entities - 1  # m1, of the tiny home, waits
    assert list(months["predicted"]) == pytest.approx([0.4])  # what every decision was shown
    assert months["is_off"].any()
    assert "calibration" in [alert.kind for alert in watching.alerts(live)]


def test_nothing_shown_in_two_orders_has_no_arms(workbench) -> None:
    arms, differences = workbench.monitoring.presentation()
    assert arms.empty
    assert differences.empty


def test_languages_are_the_newest_that_the_source_gave(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    merchants = "merchant_id,registered_at\nm1,2026-01-01\nm2,2026-01-01\n"
    extra = (
        "entity_type,entity_id,known_at,language\nmerchant,m1,2026-01-02,de\n"
        "merchant,m1,2026-02-02,fr\nmerchant,m2,2026-01-02,\n"
    )
    (tmp_path / "tables" / "merchants.csv").write_text(merchants)
    (tmp_path / "tables" / "extra_features.csv").write_text(extra)
    bench = opened(tmp_path / "home")
    (snapshot,) = bench.ingest("tables", tmp_path / "tables").result.snapshots
    found = watched.languages(bench.warehouse.reader, snapshot.snapshot_id, "merchant")
    bench.close()
    assert found.to_dict("list") == {"entity_id": ["m1"], "language": ["fr"]}
