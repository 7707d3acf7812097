"""Link values (devices, accounts, phones …) are stored as keyed hashes, never in clear."""

import hashlib
from typing import Final

import pyarrow
import pyarrow.compute as pc

from analytics.errors import InputError

CLEAR_VALUE: Final = "value"


def hash_values(table: pyarrow.Table, key: str | None, file: str) -> pyarrow.Table:
    """Replace the column `value` by its keyed BLAKE2b hash in `value_hash`.

    Raises:
        InputError: There is no key to hash with.
    """
    if not key:
        raise InputError(
            f"{file} holds link values in clear (column {CLEAR_VALUE}).",
            hint="Set PORTREEVE_LINK_KEY, so that they are hashed before anything is stored, "
            "or give value_hash instead.",
        )
    secret = hashlib.blake2b(key.encode(), digest_size=64).digest()
    clear = table[CLEAR_VALUE].cast(pyarrow.string()).to_pylist()
    hashes = pyarrow.array([_hashed(text, secret) for text in clear], pyarrow.string())
    table = table.drop_columns(CLEAR_VALUE)
    if "value_hash" not in table.column_names:
        return table.append_column("value_hash", hashes)
    position = table.schema.get_field_index("value_hash")
    given = table["value_hash"]
    return table.set_column(position, "value_hash", pc.coalesce(hashes, given))


def _hashed(text: str | None, secret: bytes) -> str | None:
    if text is None or not text.strip():
        return None
    return hashlib.blake2b(text.strip().encode(), key=secret, digest_size=32).hexdigest()
