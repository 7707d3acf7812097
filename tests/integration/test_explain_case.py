"""From a few hand-made order lines to a case: every number can be counted in the rows below."""

import json
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from analytics.engines import open_engine
from analytics.errors import NotFoundError
from analytics.explain.case import CaseSources, advise, explain_entity, waterfall
from analytics.explain.evidence import count_evidence, evidence_count, evidence_rows
from analytics.features.as_of import AsOf
from analytics.pipeline import Workbench, open_workbench
from analytics.pipeline.build import open_build
from analytics.progress import NullProgress
from analytics.settings import Settings
from analytics.warehouse import Warehouse

AS_OF = datetime(2026, 4, 1)
MERCHANTS = [f"m{i:02}" for i in range(48)]
WORST = "m00"


def write_tables(folder: Path) -> None:
    """48 merchants of one category with 10 lines each in March; m00 hands 8 over late, m01 4."""
    folder.mkdir()
    registered = pd.DataFrame(
        {"merchant_id": MERCHANTS, "registered_at": "2025-01-01", "main_category": "toys"}
    )
    registered.to_csv(folder / "merchants.csv", index=False)
    late = {WORST: 8, "m01": 4}
    lines = [
        _line(merchant, number, is_late=number < late.get(merchant, 0))
        for merchant in MERCHANTS
        for number in range(10)
    ]
    pd.DataFrame(lines).to_csv(folder / "orders.csv", index=False)
    decisions = pd.DataFrame(
        [
            ("merchant", "m01", "M2", "violation", "2026-03-20"),
            ("merchant", "m02", "M4", "no_violation", "2026-03-21"),
        ],
        columns=["entity_type", "entity_id", "policy", "outcome", "decided_at"],
    )
    decisions.to_csv(folder / "past_decisions.csv", index=False)


def _line(merchant: str, number: int, *, is_late: bool) -> dict[str, object]:
    placed = datetime(2026, 3, 5) + timedelta(days=number)
    return {
        "order_id": f"{merchant}-{number}",
        "line_no": 1,
        "buyer_id": f"b-{merchant}-{number}",
        "merchant_id": merchant,
        "product_id": f"p-{merchant}",
        "placed_at": placed,
        "quantity": 1,
        "price": "10.00",
        "ship_by": placed + timedelta(days=2),
        "shipped_at": placed + timedelta(days=4 if is_late else 1),
        "delivered_at": placed + timedelta(days=6),
    }


@pytest.fixture(scope="module")
def workbench(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    root = tmp_path_factory.mktemp("case")
    write_tables(root / "tables")
    workbench = open_workbench(Settings(home=root / "home", threads=2, review_capacity=5))
    (snapshot,) = workbench.ingest("tables", root / "tables", [AS_OF]).snapshots
    with open_build(workbench.home, workbench.settings, NullProgress()) as build:
        models = {built.entity: built.model_version for built in build.snapshot(snapshot)}
    workbench.store.set_live(snapshot.snapshot_id, models, person="test", reason="test")
    return workbench


@pytest.fixture(scope="module")
def sources(workbench: Workbench) -> CaseSources:
    return workbench.case_sources()


def test_the_worst_merchant_leads_and_its_late_lines_are_the_reason(sources):
    case = explain_entity(sources, "merchant", WORST)
    assert (case.standing.rank, case.standing.entities) == (1, 48)
    assert case.standing.is_in_queue
    assert case.why_ranked.startswith("Ranked 1st of 48 merchants by expected harm: USD ")
    late = next(reason for reason in case.reasons if reason.feature.startswith("late_dispatch"))
    assert (late.evidence_rows, late.evidence_of) == (8, 10)
    assert (late.peer_count, late.peer_rank) == (48, 1)
    assert "(8 of 10 order lines); the median of 48 similar merchants is" in late.sentence
    assert late.sentence.endswith("none is higher.")
    assert "M2" in late.policies


def test_each_measure_is_told_once(sources):
    from analytics.explain.reasons import concept

    measures = [concept(r.feature) for r in explain_entity(sources, "merchant", WORST).reasons]
    assert len(set(measures)) == len(measures)


def test_rows_on_demand_are_those_that_the_build_counted(sources):
    where = (sources.warehouse, sources.snapshot_id, "merchant")
    rows = evidence_rows(*where, WORST, "late_dispatch_90d")
    assert rows["order_id"].tolist() == [f"m00-{n}" for n in range(7, -1, -1)]
    assert list(rows.columns[:2]) == ["at", "order_id"]
    page = evidence_rows(*where, WORST, "late_dispatch_90d", limit=3, offset=6)
    assert page["order_id"].tolist() == ["m00-1", "m00-0"]
    assert evidence_count(*where, "m01", "late_dispatch_90d") == 4
    assert evidence_count(*where, "m05", "late_dispatch_90d") == 0
    assert evidence_rows(*where, "m05", "late_dispatch_90d").empty


def test_every_count_of_the_build_equals_the_count_on_demand(workbench, sources):
    snapshot = workbench.home.snapshot(sources.snapshot_id)
    engine = open_engine(settings=workbench.settings)
    try:
        with AsOf(engine, snapshot.dataset, snapshot.as_of) as view:
            counts = count_evidence(view, "merchant")
    finally:
        engine.close()
    for feature in [name for name in counts if not name.endswith(" of")]:
        for entity_id in (WORST, "m05"):
            on_demand = evidence_count(
                sources.warehouse, sources.snapshot_id, "merchant", entity_id, feature
            )
            assert counts.loc[entity_id, feature] == on_demand, (feature, entity_id)


@pytest.mark.parametrize("hostile", ["' OR 1=1 --", "m00'; DROP TABLE rows; --", "$id", ""])
def test_an_id_is_a_bound_value(sources, hostile):
    where = (sources.warehouse, sources.snapshot_id, "merchant")
    assert evidence_count(*where, hostile, "late_dispatch_90d") == 0
    assert evidence_count(*where, WORST, "late_dispatch_90d") == 8


def test_a_feature_without_rows_says_so(sources):
    with pytest.raises(NotFoundError, match=r"no rows to show behind 'x\"; DROP' of a merchant"):
        evidence_rows(sources.warehouse, sources.snapshot_id, "merchant", WORST, 'x"; DROP')


def test_base_and_contributions_add_up_to_the_raw_score(workbench, sources):
    snapshot = workbench.home.snapshot(sources.snapshot_id)
    folder = snapshot.scores_dir(sources.models["merchant"])
    raw = pd.read_parquet(folder / "scores.parquet").set_index("entity_id")["violation_raw"]
    whole = waterfall(sources, "merchant", "violation", WORST, top=3)
    assert len(whole.steps) == 3
    assert whole.raw == pytest.approx(raw[WORST], abs=1e-4)
    parts = whole.base + sum(step.contribution for step in whole.steps) + whole.rest
    assert parts == pytest.approx(whole.raw)


def test_similar_cases_come_with_what_was_decided(sources):
    similar = explain_entity(sources, "merchant", WORST).similar
    assert similar.decided == 2
    assert [(case.entity_id, case.outcome, case.policy) for case in similar.cases] == [
        ("m01", "violation", "M2"),
        ("m02", "no_violation", "M4"),
    ]
    assert similar.cases[0].similarity > similar.cases[1].similarity
    assert similar.cases[0].distance < similar.cases[1].distance
    assert similar.outcomes == {"violation": 1, "no_violation": 1}


def test_what_would_help_lowers_the_harm_by_the_real_model(sources):
    case = explain_entity(sources, "merchant", WORST)
    advice = advise(sources, "merchant", WORST)
    assert advice.risk_before == pytest.approx(case.harm.expected, rel=1e-6)
    assert advice.risk_after < advice.risk_before
    assert advice.risk_least <= advice.risk_after
    assert any(change.measure == "late_dispatch" for change in advice.changes)


def test_the_limits_are_stated(sources):
    case = explain_entity(sources, "merchant", WORST)
    assert case.scores.violation_source == "prior"
    notes = " ".join(case.notes)
    assert "A prior, not a trained model" in notes
    assert "Not in the data, and so not looked at:" in notes
    assert "reviews" in notes


def test_the_harm_is_the_sum_of_its_parts(sources):
    harm = explain_entity(sources, "merchant", WORST).harm
    assert sum(part.harm for part in harm.parts) == pytest.approx(harm.expected, rel=0.01)


def test_as_json_and_as_text(workbench):
    case = workbench.explain("merchant", WORST)
    plain = json.loads(json.dumps(case.to_dict(), allow_nan=False))
    assert plain["identity"]["entity_id"] == WORST
    assert plain["reasons"][0]["sentence"] == case.reasons[0].sentence
    assert plain["scores"]["as_of"] == "2026-04-01T00:00:00"
    text = case.summary()
    assert text.index("Reasons") < text.index("Scores")
    assert case.reasons[0].sentence in text
    assert "m01: violation (M2) on 2026-03-20" in text


def test_who_is_not_there(sources):
    with pytest.raises(NotFoundError, match="There is no merchant 'nobody'"):
        explain_entity(sources, "merchant", "nobody")
    with pytest.raises(NotFoundError, match="no scores of creators"):
        explain_entity(sources, "creator", "c1")


def test_a_case_is_explained_without_importing_explainers(workbench):
    code = (
        "import sys, pathlib\n"
        "from analytics.pipeline import open_workbench\n"
        "from analytics.settings import Settings\n"
        "from analytics.explain.case import explain_entity\n"
        "workbench = open_workbench(Settings(home=pathlib.Path(sys.argv[1])))\n"
        f"explain_entity(workbench.case_sources(), 'merchant', '{WORST}')\n"
        "print([m for m in ('shap', 'sklearn', 'mlflow') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(workbench.home.path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_threads_share_one_warehouse(sources):
    from concurrent.futures import ThreadPoolExecutor

    fresh = Warehouse(sources.warehouse.home)
    wanted = {WORST: 8, "m01": 4, "m02": 0}
    with ThreadPoolExecutor(6) as pool:
        asked = list(wanted) * 8
        found = list(
            pool.map(
                lambda i: evidence_count(
                    fresh, sources.snapshot_id, "merchant", i, "late_dispatch_90d"
                ),
                asked,
            )
        )
    fresh.close()
    assert found == [wanted[i] for i in asked]
