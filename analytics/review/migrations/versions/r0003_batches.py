"""Decisions on a whole ring: one row for all, one decision a member."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table of batches, and let a decision name its own."""
    op.create_table(
        "batches",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("key", sa.Text, nullable=False, unique=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("snapshot_id", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("left_out", sa.JSON, nullable=False),
    )
    op.create_index("ix_batches_subject", "batches", ["subject"])
    op.add_column("decisions", sa.Column("batch_id", sa.Integer))
    op.create_index("ix_decisions_batch", "decisions", ["batch_id"])


def downgrade() -> None:
    """Forget which decisions were made together."""
    op.drop_index("ix_decisions_batch", "decisions")
    op.drop_column("decisions", "batch_id")
    op.drop_table("batches")
