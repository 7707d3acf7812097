"""The words that make a text like those of confirmed violations, as evidence."""

from collections.abc import Iterator, Sequence

import ibis.expr.types as ir
import pandas as pd

from analytics.columns import EntityType
from analytics.features.as_of import AsOf
from analytics.signals.content.documents import SOURCES, Scored, scores_now
from analytics.signals.content.specs import TEXT_POLICIES, score_name
from analytics.signals.content.text_models import TextModels, count_alone, words_of
from analytics.signals.family import evidence_rows

MOST_SCORED = 2_000  # entities per policy whose words are shown
LEAST_SCORE = 0.1
WORDS = 5


def telling_words(view: AsOf, entity: EntityType) -> Iterator[pd.DataFrame]:
    """Yield for each policy the entities with the highest scores and the words for it."""
    found = scores_now(view, entity)
    if found is None or found.models is None:
        return
    tops = {
        policy: _top(found, policy) for policy in TEXT_POLICIES[entity] if policy in found.scores
    }
    ids = sorted({name for top in tops.values() for name in top.index})
    words = {name: words_of(text) for name, text in _texts(view, entity, ids).items()}
    for policy, top in tops.items():
        own = [words.get(name, []) for name in top.index]
        yield evidence_rows(
            entity, score_name(policy), top.index, what=telling(found.models, policy, own)
        )


def telling(models: TextModels, policy: str, texts: Sequence[Sequence[str]]) -> list[str]:
    """Return for each text, given as its words, those that add most to a policy's score."""
    known = list(dict.fromkeys(word for words in texts for word in words))
    if not known:
        return [""] * len(texts)
    weight = dict(zip(known, models.weights(count_alone(known), policy), strict=True))
    best = [sorted(words, key=lambda word: -weight[word])[:WORDS] for words in texts]
    return [", ".join(word for word in words if weight[word] > 0) for words in best]


def _top(found: Scored, policy: str) -> pd.Series:
    top = found.scores[policy].nlargest(MOST_SCORED)
    return top[top >= LEAST_SCORE]


def _texts(view: AsOf, entity: EntityType, ids: list[str]) -> dict[str, str]:
    source = SOURCES[entity]

    def table() -> ir.Table:
        rows = view.table(source.table)
        return rows.filter(rows[source.owner].isin(ids)).select(
            source.owner, first=rows[source.fields[0]], second=rows[source.fields[1]]
        )

    if not ids:
        return {}
    rows = view.engine.frame(table).fillna("")
    both = (rows["first"] + "\n" + rows["second"]).groupby(rows[source.owner])
    return {str(owner): "\n".join(texts) for owner, texts in both}
