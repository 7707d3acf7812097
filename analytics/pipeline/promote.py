"""Another model goes live, or the one before it again."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from analytics.columns import EntityType
from analytics.progress import Progress
from analytics.retraining.promotion import changed, check_reason
from analytics.snapshots.publish import home_lock

if TYPE_CHECKING:
    from analytics.pipeline.learning import Learning


@dataclass(frozen=True)
class Promotion:
    """A change of what scores the entities of one type."""

    entity: str
    version: str
    was: str | None
    snapshot_id: str
    person: str
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        return asdict(self)

    def summary(self) -> str:
        """Return the same as text."""
        instead = f" instead of {self.was}" if self.was else ""
        return f"Live: {self.version}{instead}, by {self.person}: {self.reason}"


def promote(
    workbench: "Learning",
    entity: EntityType,
    version: str,
    reason: str,
    person: str,
    progress: Progress,
) -> Promotion:
    """Write the scores of a stored model, then the live row; then let the others follow.

    A kill at any point leaves the champion or the other model live, with all of its scores.
    """
    from analytics.pipeline.build import open_build
    from analytics.pipeline.retrain import publish

    words, store = check_reason(reason), workbench.store
    with home_lock(workbench.home.path, exclusive=False):
        live = workbench.live()
        models = changed(live, entity, version)
        snapshot = workbench.home.snapshot(live.snapshot_id)
        with open_build(workbench.home, workbench.settings, progress) as build:
            publish(build, snapshot, entity, version)
        waiting = [c for c in store.challengers.all(entity) if c.model_version == version]
        store.set_live(
            live.snapshot_id,
            models,
            person=person,
            reason=words,
            challenger_id=waiting[0].id if waiting else None,
            expected=live,
        )
        with progress.step("Registry"):
            workbench.reconcile()
    with progress.step("Queue"):
        workbench.sync_cases()
    return Promotion(entity, version, live.models.get(entity), live.snapshot_id, person, words)
