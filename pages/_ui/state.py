"""Keys of the session and of the address, declared once.

Filters of the queue stand in the address under the names of `QueueFilters`. The address of a case
carries them on, so that next, previous and back keep to the same queue, even after a reload.
"""

from typing import Final

# Session
LIVE: Final = "live"
QUEUE_QUERY: Final = "queue_query"
OPENED: Final = "opened"

# Address
CASE_TYPE: Final = "type"
CASE_ID: Final = "id"
OPEN_FIRST: Final = "open"
TAB: Final = "tab"
SECTION: Final = "section"

QUEUE_PAGE: Final = "page"
FIND: Final = "find"
SLICE_BY: Final = "by"
MODEL_ENTITY: Final = "of"
MODEL_TARGET: Final = "target"
