"""Which kinds of event say what (a log without them simply says less), and features with rows."""

from typing import Final

STRETCH: Final = "sequence_stretch"
BURST: Final = "sequence_burst"

ACTIVITY: Final = "ordered"
TROUBLE: Final = (
    "dispatch overdue",
    "delivery overdue",
    "cancelled by the seller",
    "cancelled",
    "refunded for a fault",
    "low rating",
    "complaint",
    "rights_claim",
    "viewer_report",
)
ACCOUNT: Final = (
    "login_new_device",
    "device_added",
    "payout_changed",
    "bank_changed",
    "address_changed",
    "phone_changed",
    "ownership_changed",
    "campaign_joined",
)
