"""Which families of signals are on, in words, from what the models that score chose."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from analytics.columns import ENTITY_TABLE, TARGETS, EntityType
from analytics.signals.catalog import FAMILIES, signal_specs
from analytics.snapshots.home import Dataset

Choices = Mapping[str, Sequence[Mapping[str, Any]]]
COLUMNS: Final = ("family", "entity", "target", "is_on", "status")


def status_of(choice: Mapping[str, Any]) -> str:
    """Return one choice of a card in words: "off: adds nothing on these data (AP −0.003)"."""
    word = "on" if choice["kept"] else "off"
    gain = choice["gain"]
    if gain is None or gain["value"] is None:
        return f"{word}: {choice['why']}"
    figure = f"AP {gain['value']:+.3f}".replace("-", "−")
    return f"{word}: {choice['why']} ({figure})"


def signal_status(
    dataset: Dataset, choices: Mapping[EntityType, Choices]
) -> list[dict[str, str | bool]]:
    """Return for each family, entity type and prediction whether it is on, in `COLUMNS`.

    Args:
        dataset: What the models learned from.
        choices: Entity type → prediction → choices of its model's card.
    """
    return [row for entity, found in choices.items() for row in _rows(dataset, entity, found)]


def _rows(dataset: Dataset, entity: EntityType, found: Choices) -> Iterable[dict[str, str | bool]]:
    for family in FAMILIES:
        if not any(spec.entity == entity for spec in family.specs):
            continue
        lacking = family.why_off(dataset) if dataset.has(ENTITY_TABLE[entity]) else None
        for target in TARGETS:
            known = target in found
            choice = {one["family"]: one for one in found.get(target, ())}.get(family.name)
            if lacking:
                status = f"off: no table {lacking}"
            elif not signal_specs(entity, dataset, [family]):
                status = "off: the data lack what its features need"
            elif not known:
                status = "off: scored by another version, run portreeve build"
            else:
                status = (
                    "off: not among the settings' families" if not choice else status_of(choice)
                )
            yield {
                "family": family.name,
                "entity": entity,
                "target": target,
                "is_on": choice is not None and bool(choice["kept"]),
                "status": status,
            }
