"""Which videos and livestreams say what an earlier one said, and which hide their words."""

import ibis.expr.types as ir
import pandas as pd

from analytics.features.as_of import AsOf
from analytics.features.facts.contents import REPEATABLE_LENGTH
from analytics.features.facts.words import content_words
from analytics.signals.content.copies import OWNER, TEXT, CopyFinder
from analytics.signals.content.disguise import disguised_words

SHOWN_LENGTH = 160  # characters of a transcript that evidence shows


def transcripts(view: AsOf) -> pd.DataFrame:
    """Return the contents known at the moment by content_id, the earliest first.

    Columns: creator_id, started_at, `is_long` (its transcript is long enough to be compared),
    `original` and `own` (the earliest content of another creator, of the same one, that is earlier
    and says nearly the same), `original_creator`, `hidden` (words in disguise), `read` (what
    they say) and `excerpt`.
    """
    told = view.remember_timeless("content transcripts", lambda: _told(view))

    def known() -> ir.Table:
        return view.table("contents").select("content_id")

    ids = view.engine.frame(known)["content_id"]
    return told[told.index.isin(ids)]


def _told(view: AsOf) -> pd.DataFrame:
    def table() -> ir.Table:
        columns = ("content_id", "creator_id", "started_at", "title", "transcript")
        contents, words = view.raw("contents").select(*columns), content_words(view)
        words = words.select("content_id", "says_off_platform")
        return contents.left_join(words, "content_id").drop("content_id_right")

    rows = view.engine.frame(table).sort_values(["started_at", "content_id"])
    rows = rows.set_index("content_id")
    finder = CopyFinder(least_length=REPEATABLE_LENGTH)
    texts = rows.rename(columns={"creator_id": OWNER, "transcript": TEXT})
    found = finder.fit(texts[[OWNER, TEXT]]).found_
    original = found["original"]
    is_hiding = rows["says_off_platform"].fillna(False).astype(bool)
    return (
        rows[["creator_id", "started_at"]]
        .assign(
            is_long=rows["transcript"].str.len() >= REPEATABLE_LENGTH,
            original=original,
            own=found["own"],
            original_creator=rows["creator_id"].reindex(original).to_numpy(),
            excerpt=rows["transcript"].fillna(rows["title"]).str.slice(0, SHOWN_LENGTH),
        )
        .join(_hidden(rows, is_hiding))
    )


def _hidden(rows: pd.DataFrame, is_hiding: pd.Series) -> pd.DataFrame:
    """Return the words in disguise as written (`hidden`) and `read`; empty where there are none."""
    both = rows["title"].fillna("") + "\n" + rows["transcript"].fillna("")
    found = [
        disguised_words(text, ["off_platform"]) if hides else []
        for text, hides in zip(both, is_hiding, strict=True)
    ]
    return pd.DataFrame(
        {
            "hidden": [", ".join(dict.fromkeys(w.written for w in words)) for words in found],
            "read": [", ".join(dict.fromkeys(w.read for w in words)) for words in found],
        },
        index=rows.index,
    )
