"""What people said about incidents."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table of what was said about incidents."""
    op.create_table(
        "incident_events",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("entity_type", sa.Text, nullable=False),
        sa.Column("entity_id", sa.Text, nullable=False),
        sa.Column("series", sa.Text, nullable=False),
        sa.Column("direction", sa.Text, nullable=False),
        sa.Column("seen_on", sa.DateTime, nullable=False),
        sa.Column("snapshot_id", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id")),
    )
    op.create_index(
        "ix_incident_events_incident",
        "incident_events",
        ["entity_type", "entity_id", "series"],
    )


def downgrade() -> None:
    """Drop the table of what was said about incidents."""
    op.drop_table("incident_events")
