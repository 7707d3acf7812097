"""Alembic migrations of the decisions database."""
