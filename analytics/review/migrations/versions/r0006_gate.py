"""What the gate said of each model that a person put in its place."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table of promotions."""
    op.create_table(
        "promotions",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("live_id", sa.Integer, sa.ForeignKey("live.id"), nullable=False, unique=True),
        sa.Column("entity_type", sa.Text, nullable=False),
        sa.Column("model_version", sa.Text, nullable=False),
        sa.Column("was", sa.Text),
        sa.Column("gate_version", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("failed", sa.JSON, nullable=False),
        sa.Column("is_override", sa.Boolean, nullable=False),
    )
    op.create_index("ix_promotions_entity", "promotions", ["entity_type"])


def downgrade() -> None:
    """Drop the table of promotions."""
    op.drop_table("promotions")
