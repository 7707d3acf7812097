"""Importing Ibis, by one thread at a time."""

import threading

_LOCK = threading.Lock()


def load_ibis() -> None:
    """Import Ibis whole, before a thread imports a part of it.

    Its modules import each other in a circle: two threads that enter at different modules get a
    half-made package, which stays so for the life of the process.
    """
    with _LOCK:
        import ibis
        import ibis.backends.sql.datatypes
        import ibis.expr.types  # noqa: F401
