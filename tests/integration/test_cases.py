"""Cases of a home folder: opened for what is live, and what decisions keep from being pruned."""

from pathlib import Path

import pytest

from analytics.errors import NotFoundError
from analytics.pipeline import Workbench, open_workbench
from analytics.review.types import Draft, Shown
from analytics.settings import Settings
from tests.support.live_home import build_live_home, go_live
from tests.support.tiny_home import TinyHome


@pytest.fixture
def tiny(tmp_path: Path) -> TinyHome:
    return build_live_home(tmp_path, with_cases=False)


@pytest.fixture
def workbench(tiny: TinyHome):
    opened = open_workbench(Settings(home=tiny.home.path, review_capacity=2, control_share=0.5))
    yield opened
    opened.close()


def test_cases_are_opened_for_what_is_live(workbench: Workbench, tiny: TinyHome) -> None:
    assert not workbench.has_cases()

    report = workbench.sync_cases()

    assert workbench.has_cases()
    assert report.snapshot_id == tiny.april
    assert {e.entity_type: e.population for e in report.entities} == {
        "merchant": 5,
        "product": 6,
        "creator": 2,
    }
    assert len(workbench.store.cases.listing()) == report.opened
    assert workbench.sync_cases().opened == 0
    assert workbench.sync_cases(refill=True).opened > 0


def test_another_snapshot_needs_its_own_cases(workbench: Workbench, tiny: TinyHome) -> None:
    workbench.sync_cases()
    go_live(tiny, tiny.march, with_cases=False)
    assert not workbench.has_cases()


def test_nothing_live_opens_nothing(tmp_path: Path) -> None:
    workbench = open_workbench(Settings(home=tmp_path))
    with pytest.raises(NotFoundError, match="Nothing is live"):
        workbench.sync_cases()
    workbench.close()


def test_scores_that_are_gone_are_named(workbench: Workbench, tiny: TinyHome) -> None:
    scores = tiny.home.snapshot(tiny.april).scores_dir(tiny.models["product"]) / "scores.parquet"
    scores.unlink()
    with pytest.raises(NotFoundError, match="There are no scores in"):
        workbench.sync_cases()
    assert workbench.store.cases.listing().empty


def test_prune_keeps_what_decisions_and_challengers_refer_to(
    workbench: Workbench, tiny: TinyHome
) -> None:
    march = tiny.home.snapshot(tiny.march)
    assert workbench.prune(keep=1, dry_run=True).snapshots == (tiny.march,)

    shown = Shown(tiny.march, march.manifest.dataset_id, march.as_of, "merchant-1", "f1")
    case = workbench.store.cases.open_by_hand("merchant", "m1", "ana", "asked for")
    token = workbench.store.cases.claim(case.id, "ana").lease.token
    workbench.store.decisions.decide(token, Draft("no_violation", reason="fine"), shown)

    assert workbench.prune(keep=1, dry_run=True).snapshots == ()
