"""Numpy arrays to Arrow columns, and Arrow columns to files of the contract."""

from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analytics.snapshots.contract import TABLES, TIME
from sample_data.plan import mix

ROW_GROUP: Final = 250_000
MOST_PENDING: Final = 6
# Columns with few different values: a dictionary makes them small; elsewhere it costs time.
REPETITIVE: Final = (
    "entity_type", "kind", "category", "main_category", "country", "region", "rating", "quantity",
    "line_no", "cancelled_by", "refund_reason", "merchant_id", "creator_id", "content_id",
    "ship_by", "product_id", "policy", "outcome", "kyc_level", "title",
)  # fmt: skip
_HEX = np.frombuffer(b"".join(b"%02x" % i for i in range(256)), dtype="S2")


def _strings(characters: np.ndarray) -> pa.Array:
    """Rows of equally many bytes as an Arrow string column."""
    count, width = characters.shape
    offsets = np.arange(count + 1, dtype=np.int32) * np.int32(width)
    data = np.ascontiguousarray(characters)
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(data))


def ids(prefix: str, numbers: np.ndarray, width: int = 8) -> pa.Array:
    """`m00000042` for each number; a negative number has no id."""
    digits = np.empty((len(numbers), 1 + width), dtype=np.uint8)
    digits[:, 0] = ord(prefix)
    rest = np.maximum(numbers, 0).astype(np.int64)
    for place in range(width, 0, -1):
        rest, digit = np.divmod(rest, 10)
        digits[:, place] = digit + ord("0")
    texts = _strings(digits)
    missing = np.asarray(numbers) < 0
    return blank(texts, missing) if missing.any() else texts


def digests(*keys: np.ndarray | int) -> pa.Array:
    """A digest of 32 hexadecimal digits for each key."""
    first = mix(*keys)
    halves = np.stack([first, mix(first, 7)], axis=1)
    return _strings(_HEX[halves.view(np.uint8)].view(np.uint8).reshape(len(halves), 32))


def blank(column: pa.Array, missing: np.ndarray) -> pa.Array:
    """The column with nulls where `missing`."""
    return pc.if_else(pa.array(missing), pa.scalar(None, column.type), column)


def times(seconds: np.ndarray, missing: np.ndarray | None = None) -> pa.Array:
    """Seconds since 1970 as timestamps in microseconds."""
    micros = np.asarray(seconds).astype(np.int64) * 1_000_000
    return pa.array(micros, mask=missing).cast(TIME)


def money(cents: np.ndarray, missing: np.ndarray | None = None) -> pa.Array:
    """Cents as decimal(18, 2)."""
    words = np.empty((len(cents), 2), dtype=np.int64)
    words[:, 0] = cents
    words[:, 1] = words[:, 0] >> 63
    kind = pa.decimal128(18, 2)
    column = pa.Array.from_buffers(kind, len(words), [None, pa.py_buffer(words)])
    return column if missing is None else blank(column, missing)


def named(names: list[str], codes: np.ndarray) -> pa.Array:
    """Names by number; a negative number has no name."""
    indices = pa.array(codes, mask=np.asarray(codes) < 0)
    return pa.array(names, pa.string()).take(indices)


def join(*parts: pa.Array | str) -> pa.Array:
    """Concatenate texts, row by row."""
    return pc.binary_join_element_wise(*parts, "")


class Tables:
    """Open parquet files of a folder, one for each table, written chunk by chunk.

    One other thread does the writing, in the order of the calls, while the next chunk is drawn.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: dict[str, int] = dict.fromkeys(TABLES, 0)
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._stack = ExitStack()
        self._thread = ThreadPoolExecutor(1)
        self._pending: deque[Future[None]] = deque()

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._wait(0)
        finally:
            self._thread.shutdown(cancel_futures=True)
            self._stack.close()

    def write(self, name: str, columns: Mapping[str, pa.Array]) -> None:
        """Append rows; columns that the contract has and `columns` lacks are null."""
        count = len(next(iter(columns.values())))
        self._pending.append(self._thread.submit(self._write, name, dict(columns), count))
        self._wait(MOST_PENDING)
        self.rows[name] += count

    def _wait(self, most: int) -> None:
        while len(self._pending) > most:
            self._pending.popleft().result()

    def _write(self, name: str, columns: dict[str, pa.Array], count: int) -> None:
        contract = TABLES[name]
        kinds = {c: contract.type_of(c) for c in contract.columns}
        full = {c: columns.get(c, pa.nulls(count, kind)).cast(kind) for c, kind in kinds.items()}
        full |= {c: column for c, column in columns.items() if c not in kinds}
        table = pa.table(full)
        self._writer(name, table.schema).write_table(table, row_group_size=ROW_GROUP)

    def _writer(self, name: str, schema: pa.Schema) -> pq.ParquetWriter:
        if name not in self._writers:
            self._writers[name] = self._stack.enter_context(open_parquet(self.folder, name, schema))
        return self._writers[name]


def open_parquet(folder: Path, name: str, schema: pa.Schema) -> pq.ParquetWriter:
    """A writer for `<folder>/<name>.parquet`."""
    return pq.ParquetWriter(
        folder / f"{name}.parquet",
        schema,
        compression="zstd",
        compression_level=1,
        use_dictionary=[column for column in schema.names if column in REPETITIVE],
    )
