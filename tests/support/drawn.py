"""Rounds of the queue drawn and decided in a store, without a build."""

from analytics.policies import load_taxonomy
from analytics.review.opening import open_cases
from analytics.review.store import Live, Store
from analytics.settings import Settings
from tests.support.review import CLEARED, SHOWN, VIOLATION, many_scores


def draw_rounds(store: Store, live: Live, *, rounds: int) -> None:
    """Draw rounds of 100 merchants m000, m001 …: 5 from the top and 10 at random each."""
    settings = Settings.model_construct(review_capacity=5, control_share=2.0)
    as_of = live.at
    for _ in range(rounds):
        open_cases(
            store,
            {"merchant": many_scores(100)},
            live,
            as_of,
            settings,
            load_taxonomy(),
            refill=True,
        )


def decide_all(store: Store, every: int) -> None:
    """Decide all open cases of these merchants: every so many-th number is a violation."""
    for entity_id in store.cases.listing("merchant")["entity_id"]:
        if entity_id[1:].isdigit() and len(entity_id) == 4:
            claimed = store.cases.claim_entity("merchant", entity_id, "ana")
            draft = CLEARED if int(entity_id[1:]) % every else VIOLATION
            store.decisions.decide(claimed.lease.token, draft, SHOWN)
