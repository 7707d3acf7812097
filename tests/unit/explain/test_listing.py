from analytics.explain.listing import first_claims
from analytics.explain.sources import CaseSources
from analytics.policies import load_taxonomy
from analytics.settings import Settings
from analytics.warehouse import QueueFilters


def test_each_row_gets_its_strongest_reason_in_words(tiny, warehouse):
    sources = CaseSources(
        warehouse, load_taxonomy(), Settings(home=tiny.home.path), tiny.april, tiny.models
    )
    queue = warehouse.queue(tiny.april, tiny.models, QueueFilters(entity=("merchant",)))
    claims = dict(zip(queue["entity_id"], first_claims(sources, queue), strict=True))
    assert claims["m1"].startswith("60 % of order lines in the last 90 days were handed over late")
    assert claims["m4"].startswith("10 % of order lines in the last 90 days were handed over late")
    assert claims["m<b>5</b>"] == ""  # no harm, no reason
    assert first_claims(sources, queue.head(0)) == []
