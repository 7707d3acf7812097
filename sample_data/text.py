"""Texts out of phrase grammars: thousands of rows at once, the same text for the same key."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sample_data.arrow import join
from sample_data.catalogue import LANGUAGES, read_catalogue, read_phrases
from sample_data.plan import pick, uniform

PLACEHOLDERS: Final = ("noun", "brand", "handle")
_GROUP = re.compile(r"\(([^()]*)\)")
_SPLIT = re.compile(r"\{(\w+)\}")
_LAST = len(PLACEHOLDERS)


def expand(phrase: str) -> list[str]:
    """All texts of a phrase in which `(a|b)` stands for a choice; a lone `(a)` is literal."""
    found = next((m for m in _GROUP.finditer(phrase) if "|" in m[1]), None)
    if found is None:
        return [phrase]
    before, after = phrase[: found.start()], phrase[found.end() :]
    return [text for option in found[1].split("|") for text in expand(before + option + after)]


@dataclass(frozen=True)
class Slot:
    """One place of a text: its phrases cut at up to two placeholders.

    Each phrase is as likely as the next one, however many texts it stands for.

    Attributes:
        starts: Where the texts of each phrase begin.
        counts: How many texts each phrase stands for.
        pieces: Literal text before, between and after the placeholders.
        fills: For each text and place, which placeholder stands there.
        is_plain: Whether no text has a placeholder.
    """

    starts: np.ndarray
    counts: np.ndarray
    pieces: tuple[pa.Array, pa.Array, pa.Array]
    fills: np.ndarray
    is_plain: bool

    def render(self, keys: np.ndarray, salt: int, fillers: Mapping[str, pa.Array]) -> pa.Array:
        """One text for each key; null where the phrase chosen is empty."""
        phrase = pick(len(self.starts), keys, salt)
        options = self.counts[phrase].astype(np.uint64)
        option = self.starts[phrase] + (pick(1 << 30, keys, salt + 1000) % options).astype(int)
        if self.is_plain:
            return self.pieces[0].take(pa.array(option))
        chosen = [piece.take(pa.array(option)) for piece in self.pieces]
        first, second = (_fill(self.fills[option, place], fillers) for place in (0, 1))
        text = join(chosen[0], first, chosen[1], second, chosen[2])
        return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def _fill(kinds: np.ndarray, fillers: Mapping[str, pa.Array]) -> pa.Array:
    count = len(kinds)
    columns = [fillers.get(name, pa.nulls(count, pa.string())) for name in PLACEHOLDERS]
    everything = pa.concat_arrays([_flat(column) for column in columns] + [pa.array([""])])
    index = np.where(kinds == _LAST, _LAST * count, kinds * count + np.arange(count))
    return everything.take(pa.array(index)).fill_null("")


def _flat(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def make_slot(phrases: Sequence[str]) -> Slot:
    """Expand phrases and cut them at their placeholders."""
    expanded = [expand(str(phrase)) for phrase in phrases]
    counts = np.array([len(texts) for texts in expanded])
    rows = [_cut(text) for texts in expanded for text in texts]
    fills = np.array([row[1] for row in rows])
    is_plain = bool((fills == _LAST).all())
    pieces = [
        pa.array([row[0][place] or (None if is_plain else "") for row in rows], pa.string())
        for place in range(3)
    ]
    return Slot(
        starts=np.cumsum(counts) - counts,
        counts=counts,
        pieces=(pieces[0], pieces[1], pieces[2]),
        fills=fills,
        is_plain=is_plain,
    )


def _cut(text: str) -> tuple[list[str], list[int]]:
    parts = _SPLIT.split(text)
    literals, names = parts[0::2], parts[1::2]
    if len(names) > 2:  # rarer than it is worth more columns: the third one on reads as a noun
        literals = [literals[0], literals[1], "".join(literals[2:])]
        names = names[:2]
    literals += [""] * (3 - len(literals))
    fills = [PLACEHOLDERS.index(name) for name in names] + [_LAST] * (2 - len(names))
    return literals, fills


@dataclass(frozen=True)
class Phrasebook:
    """The slots of one language: `title.adjective`, `review.late.0`, and so on."""

    slots: Mapping[str, Slot]

    def sections(self, prefix: str) -> list[Slot]:
        """The places of a text that is written in several."""
        return [slot for name, slot in self.slots.items() if name.startswith(f"{prefix}.")]


@cache
def read_phrasebook(language: str) -> Phrasebook:
    """The phrasebook of a language."""
    slots: dict[str, Slot] = {}
    _collect(read_phrases(language), "", slots)
    return Phrasebook(slots)


def _collect(node: Any, name: str, slots: dict[str, Slot]) -> None:
    if isinstance(node, dict):
        for key, child in node.items():
            _collect(child, f"{name}.{key}".strip("."), slots)
    elif node and isinstance(node[0], list):
        for place, child in enumerate(node):
            _collect(child, f"{name}.{place}", slots)
    else:
        slots[name] = make_slot(node)


@dataclass(frozen=True)
class Topic:
    """What texts are about, row by row.

    Attributes:
        language: Index into `LANGUAGES`.
        noun: Index into the nouns of the catalogue.
        brand: Index into its brands.
        key: What else the wording depends on.
    """

    language: np.ndarray
    noun: np.ndarray
    brand: np.ndarray
    key: np.ndarray

    def where(self, rows: np.ndarray) -> "Topic":
        """The topic of some of the rows."""
        return Topic(self.language[rows], self.noun[rows], self.brand[rows], self.key[rows])

    def fillers(self, language: int, with_handles: bool) -> dict[str, pa.Array]:
        """What the placeholders stand for, all rows taken to be in the language."""
        catalogue = read_catalogue()
        nouns = pa.array(catalogue.nouns[LANGUAGES[language]])
        return {
            "noun": nouns.take(pa.array(self.noun)),
            "brand": pa.array(catalogue.brands).take(pa.array(self.brand)),
            "handle": handles(self.key) if with_handles else pa.nulls(len(self.key), pa.string()),
        }


def handles(keys: np.ndarray) -> pa.Array:
    """Contact details as people write them past a filter."""
    digits = [pc.cast(pa.array(pick(90, keys, 50 + i) + 10), pa.string()) for i in range(5)]
    shops = pa.array(["shop", "store", "official", "outlet", "deals", "_id", "x"])
    number = join("0", digits[0], " ", digits[1], ".", digits[2], " ", digits[3], "-", digits[4])
    name = join("@", shops.take(pa.array(pick(7, keys, 61))), "_", digits[1], digits[2])
    return pc.if_else(pa.array(uniform(keys, 62) < 0.6), number, name)


def write_texts(topic: Topic, section: str | Sequence[str], salt: int = 0) -> pa.Array:
    """A text for each row, in its language.

    `section` names one slot, or a section with several places (`review.late`), or a sequence of
    them, which are joined by spaces. `detail.*` stands for the slot of each row's category, or of
    the class of goods that it belongs to.
    """
    names = [section] if isinstance(section, str) else list(section)
    parts, order = [], []
    for language in range(len(LANGUAGES)):
        rows = np.flatnonzero(topic.language == language)
        if len(rows):
            parts.append(_write(topic.where(rows), language, names, salt))
            order.append(rows)
    if not parts:
        return pa.array([], pa.string())
    inverse = np.argsort(np.concatenate(order), kind="stable")
    return pa.concat_arrays(parts).take(pa.array(inverse))


def _write(topic: Topic, language: int, names: Sequence[str], salt: int) -> pa.Array:
    book = read_phrasebook(LANGUAGES[language])
    fillers = topic.fillers(language, any("diversion" in name for name in names))
    texts: list[pa.Array] = []
    for name in names:
        place = salt + 10 * len(texts)
        if name.endswith(".*"):
            texts.append(_by_category(book, topic, name[:-2], place, fillers))
            continue
        slots = [book.slots[name]] if name in book.slots else book.sections(name)
        texts += [slot.render(topic.key, place + 10 * i, fillers) for i, slot in enumerate(slots)]
    return sentence(*texts)


def _by_category(
    book: Phrasebook, topic: Topic, section: str, salt: int, fillers: Mapping[str, pa.Array]
) -> pa.Array:
    catalogue = read_catalogue()
    by_class = f"{section}.{catalogue.categories[0]}" not in book.slots
    names = catalogue.classes if by_class else catalogue.categories
    category = topic.noun // catalogue.nouns_per_category
    parts, order = [], []
    for name in dict.fromkeys(names):
        rows = np.flatnonzero(np.array(names)[category] == name)
        own = {key: column.take(pa.array(rows)) for key, column in fillers.items()}
        parts.append(book.slots[f"{section}.{name}"].render(topic.key[rows], salt, own))
        order.append(rows)
    inverse = np.argsort(np.concatenate(order), kind="stable")
    return pa.concat_arrays([_flat(part) for part in parts]).take(pa.array(inverse))


def capitalise(texts: pa.Array) -> pa.Array:
    """Texts that begin with a capital, the rest as it is."""
    first = pc.utf8_upper(pc.utf8_slice_codeunits(texts, 0, 1))
    return join(first, pc.utf8_slice_codeunits(texts, 1))


def sentence(*texts: pa.Array) -> pa.Array:
    """Texts joined by spaces; nulls leave no gap."""
    # Arrow drops rows that are null in every column, so these get an empty first text.
    empty = pc.is_null(texts[0])
    for text in texts[1:]:
        empty = pc.and_(empty, pc.is_null(text))
    first = pc.if_else(empty, pa.scalar(""), texts[0])
    return _flat(pc.binary_join_element_wise(first, *texts[1:], " ", null_handling="skip"))


def write_some(rows: np.ndarray, topic: Topic, section: Sequence[str], salt: int = 0) -> pa.Array:
    """Texts for the rows chosen, null for the others."""
    chosen = np.flatnonzero(rows)
    texts = write_texts(topic.where(chosen), section, salt)
    place = np.zeros(len(rows), dtype=np.int64)
    place[chosen] = np.arange(len(chosen))
    return texts.take(pa.array(place, mask=~np.asarray(rows)))
