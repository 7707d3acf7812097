"""The table contract, ingest, and the immutable datasets and snapshots."""
