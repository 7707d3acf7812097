"""What an entity says, with the words that were matched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from analytics.columns import EntityType
from analytics.signals.content.marked import Piece, find_marks, pieces
from analytics.warehouse import Warehouse

MOST_READ: Final = 300  # rows that are searched
MOST_SHOWN: Final = 20
AROUND: Final = 120
_ROWS: Final[Mapping[EntityType, tuple[str, str, str, Sequence[str]]]] = {
    "merchant": ("products", "product_id", "known_at", ("title", "description")),
    "creator": ("contents", "content_id", "started_at", ("title", "transcript")),
}


@dataclass(frozen=True)
class MarkedText:
    """One text with what was matched in it.

    Attributes:
        row_id: Of the product or content that it belongs to.
        at: When that was listed or published, where it is known.
        field: Which of its texts.
        pieces: The text in order; where it is long, only what stands around matches.
    """

    row_id: str
    at: pd.Timestamp | None
    field: str
    pieces: tuple[Piece, ...]


def marked_texts(
    warehouse: Warehouse, snapshot_id: str, entity: EntityType, entity_id: str
) -> list[MarkedText]:
    """Return texts in which something was matched.

    A product's are its title and description, matched or not and whole. Of a merchant the listings
    that sell most are searched, of a creator the newest contents, `MOST_READ` of them; at most
    `MOST_SHOWN` texts are returned.
    """
    rows = warehouse.rows(snapshot_id, entity, entity_id)
    if entity == "product":
        return _of_row(rows.identity(), "entity_id", "known_at", ("title", "description"), None)
    table, key, at, fields = _ROWS[entity]
    found: list[MarkedText] = []
    for row in rows.page(table, MOST_READ, 0).to_dict("records"):
        texts = _of_row({str(name): value for name, value in row.items()}, key, at, fields, AROUND)
        found += [text for text in texts if any(piece.mark for piece in text.pieces)]
        if len(found) >= MOST_SHOWN:
            break
    return found[:MOST_SHOWN]


def _of_row(
    row: Mapping[str, Any], key: str, at: str, fields: Sequence[str], around: int | None
) -> list[MarkedText]:
    dated = None if pd.isna(row[at]) else pd.Timestamp(row[at])
    return [
        MarkedText(str(row[key]), dated, field, tuple(pieces(text, find_marks(text), around)))
        for field in fields
        if isinstance(text := row[field], str) and text.strip()
    ]
