"""Keys of the session and of the address, declared once.

The address of a case carries the filters of the queue that it was opened from, so that next,
previous and back keep to that queue, even after a reload.
"""

from typing import Final

# Session
LIVE: Final = "live"
LIVE_NOW: Final = "live now"
LOOKED_AT: Final = "looked at"
SNAPSHOT_SHOWN: Final = "snapshot-shown"
WATCHED: Final = "watched"

# Address
CASE_TYPE: Final = "type"
CASE_ID: Final = "id"
OPEN_FIRST: Final = "open"
FROM_QUEUE: Final = "queue"
TAB: Final = "tab"
SECTION: Final = "section"
SNAPSHOT: Final = "snapshot"

QUEUE_PAGE: Final = "page"
FIND: Final = "find"
SLICE_BY: Final = "by"
MODEL_ENTITY: Final = "of"
MODEL_TARGET: Final = "target"
