"""Decisions that are judged again, golden cases, checks of labels, and the suggested policy."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables of second looks, golden cases and checks, and keep the suggested policy."""
    op.add_column("decisions", sa.Column("suggested_policy", sa.Text))
    op.create_table(
        "second_looks",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("key", sa.Text, nullable=False, unique=True),
        sa.Column("decision_id", sa.Integer, sa.ForeignKey("decisions.id"), nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("asked_at", sa.DateTime, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("why", sa.Text),
        sa.Column("held_by", sa.Text),
        sa.Column("held_at", sa.DateTime),
        sa.Column("reviewer", sa.Text),
        sa.Column("answered_at", sa.DateTime),
        sa.Column("outcome", sa.Text),
        sa.Column("policy", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("seconds", sa.Double),
        sa.Column("verdict", sa.Text),
        sa.Column("settled_by", sa.Text),
        sa.Column("settled_at", sa.DateTime),
        sa.Column("settled_reason", sa.Text),
        sa.Column("amendment_id", sa.Integer, sa.ForeignKey("decisions.id")),
    )
    op.create_index("ix_second_looks_decision", "second_looks", ["decision_id"])
    op.create_index("ix_second_looks_status", "second_looks", ["status", "purpose"])
    op.create_table(
        "golden_cases",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column(
            "decision_id", sa.Integer, sa.ForeignKey("decisions.id"), nullable=False, unique=True
        ),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_table(
        "label_checks",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("entity_type", sa.Text, nullable=False),
        sa.Column("result", sa.JSON, nullable=False),
    )
    op.create_index("ix_label_checks_entity", "label_checks", ["entity_type"])


def downgrade() -> None:
    """Drop them."""
    for table in ("label_checks", "golden_cases", "second_looks"):
        op.drop_table(table)
    op.drop_column("decisions", "suggested_policy")
