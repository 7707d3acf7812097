"""Rows that features aggregate: one module per kind, each row with `entity_id` and `age_days`."""
