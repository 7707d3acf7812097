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
REVIEWER: Final = "reviewer"  # the name given in the sidebar
HELD: Final = "held"  # the lease of the case that is open here
LOST: Final = "lost"  # why a lease ended under the reviewer's hands, by case
WANTED: Final = "wanted"  # what a key asked for, done at the start of the next run
FILL: Final = "fill"  # the case that a ready reason is wanted on
PROBLEMS: Final = "problems"  # what a decision lacks, by case
DRAFTS: Final = "drafts"
REASON_FIELDS: Final = "reason fields"  # how often the page itself set the reason, by case
TRAIL: Final = "trail"  # cases shown in this session, in order
SKIPPED: Final = "skipped"
NOTICE: Final = "notice"
DIALOG: Final = "dialog"  # which dialog this run opens
RING_KEY: Final = "ring key"  # names the next press of the button that decides on a ring
RING_SINCE: Final = "ring since"  # when each ring was first looked at
SECOND: Final = "second"  # the case of the blind second review in hand
RULE_GROUPS: Final = "rule groups"  # rows of each group in the builder, by entity type
SHOWN: Final = "shown"  # the case that the last run drew

# Address
CASE_TYPE: Final = "type"
CASE_ID: Final = "id"
OPEN_FIRST: Final = "open"
FROM_QUEUE: Final = "queue"
TAB: Final = "tab"
SECTION: Final = "section"
SNAPSHOT: Final = "snapshot"
RING: Final = "ring"
INCIDENT: Final = "incident"
RULE: Final = "rule"

QUEUE_PAGE: Final = "page"
FIND: Final = "find"
SLICE_BY: Final = "by"
MODEL_ENTITY: Final = "of"
MODEL_TARGET: Final = "target"
WATCHED_ENTITY: Final = "watch"
