"""Another model goes live, or the one before it again."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from analytics.columns import EntityType
from analytics.progress import Progress
from analytics.retraining.admission import check_override, ruling_on
from analytics.retraining.promotion import changed, check_reason
from analytics.snapshots.publish import home_lock

if TYPE_CHECKING:
    from analytics.pipeline.learning import Learning


@dataclass(frozen=True)
class Promotion:
    """A change of what scores the entities of one type.

    Attributes:
        gate: What the gate said of the model.
        overruled: Why the gate failed, where a lead promoted the model all the same.
    """

    entity: str
    version: str
    was: str | None
    snapshot_id: str
    person: str
    reason: str
    gate: str
    overruled: Sequence[str] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        return asdict(self)

    def summary(self) -> str:
        """Return the same as text."""
        instead = f" instead of {self.was}" if self.was else ""
        said = [f"Live: {self.version}{instead}, by {self.person}: {self.reason}"]
        if self.overruled:
            said.append(f"The gate was overruled: {' '.join(self.overruled)}")
        return "\n".join(said)


def promote(
    workbench: "Learning",
    entity: EntityType,
    version: str,
    reason: str,
    person: str,
    progress: Progress,
    *,
    override: bool = False,
) -> Promotion:
    """Write the scores of a stored model, then the live row; then let the others follow.

    A kill at any point leaves the champion or the other model live, with all of its scores.
    """
    from analytics.pipeline.build import open_build
    from analytics.pipeline.retrain import model_folder, publish

    words, store = check_reason(reason), workbench.store
    with home_lock(workbench.home.path, exclusive=False):
        live = workbench.live()
        models = changed(live, entity, version)
        model_folder(workbench.home, entity, version)
        challengers = store.challengers.all(entity)
        ruling = ruling_on(entity, version, live, store.history(), challengers)
        is_override = check_override(ruling, person, workbench.settings.leads, override=override)
        snapshot = workbench.home.snapshot(live.snapshot_id)
        with open_build(workbench.home, workbench.settings, progress) as build:
            publish(build, snapshot, entity, version)
        waiting = [c for c in challengers if c.model_version == version]
        store.set_live(
            live.snapshot_id,
            models,
            person=person,
            reason=words,
            challenger_id=waiting[0].id if waiting else None,
            ruling=replace(ruling, is_override=is_override),
            expected=live,
        )
        with progress.step("Registry"):
            workbench.reconcile()
    with progress.step("Queue"):
        workbench.sync_cases()
    return Promotion(
        entity,
        version,
        ruling.was,
        live.snapshot_id,
        person,
        words,
        ruling.outcome,
        ruling.failed if is_override else (),
    )
