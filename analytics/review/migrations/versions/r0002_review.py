"""Cases, the queue behind them, claims, decisions and challengers."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

NOT_CLOSED = sa.text("closed_at IS NULL")
ASSIGNED = sa.text("closed_at IS NULL AND assigned_to IS NOT NULL")


def upgrade() -> None:
    """Make the tables of reviewing."""
    _cases()
    _queue()
    _claims()
    _decisions()
    _events()
    _challengers()


def downgrade() -> None:
    """Drop the tables of reviewing."""
    for name in (
        "challengers",
        "case_events",
        "decisions",
        "claims",
        "queue_entries",
        "queue_runs",
        "cases",
    ):
        op.drop_table(name)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True, autoincrement=True)


def _cases() -> None:
    op.create_table(
        "cases",
        _id(),
        sa.Column("entity_type", sa.Text, nullable=False),
        sa.Column("entity_id", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("opened_at", sa.DateTime, nullable=False),
        sa.Column("opened_by", sa.Text, nullable=False),
        sa.Column("opened_reason", sa.Text, nullable=False),
        sa.Column("lead_policy", sa.Text),
        sa.Column("due_at", sa.DateTime, nullable=False),
        sa.Column("priority", sa.Double, nullable=False),
        sa.Column("assigned_to", sa.Text),
        sa.Column("hold_until", sa.DateTime),
        sa.Column("hold_reason", sa.Text),
        sa.Column("closed_at", sa.DateTime),
        sa.Column("closed_until", sa.DateTime),
        sa.Column("reopens", sa.Integer, sa.ForeignKey("cases.id")),
        sa.Column("decision_id", sa.Integer),
        sa.Column("lease_token", sa.Text),
        sa.Column("lease_holder", sa.Text),
        sa.Column("lease_expires_at", sa.DateTime),
        sa.Column("lease_last_interaction_at", sa.DateTime),
        sa.Column("first_claimed_at", sa.DateTime),
        sa.Column("first_viewed_at", sa.DateTime),
    )
    _open_index("uq_cases_open_entity", ["entity_type", "entity_id"], unique=True)
    _open_index("ix_cases_open_priority", [sa.text("priority DESC"), "id"])
    _open_index("ix_cases_open_entity_priority", ["entity_type", sa.text("priority DESC"), "id"])
    _open_index("ix_cases_open_assigned", ["assigned_to"], where=ASSIGNED)
    op.create_index("ix_cases_entity", "cases", ["entity_type", "entity_id"])


def _open_index(
    name: str,
    columns: list[str | sa.TextClause],
    *,
    unique: bool = False,
    where: sa.TextClause = NOT_CLOSED,
) -> None:
    op.create_index(
        name, "cases", columns, unique=unique, sqlite_where=where, postgresql_where=where
    )


def _queue() -> None:
    op.create_table(
        "queue_runs",
        _id(),
        sa.Column("snapshot_id", sa.Text, nullable=False),
        sa.Column("entity_type", sa.Text, nullable=False),
        sa.Column("model_version", sa.Text, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("models", sa.JSON, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("population", sa.Integer, nullable=False),
        sa.Column("capacity", sa.Integer, nullable=False),
        sa.Column("control_size", sa.Integer, nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.UniqueConstraint(
            "snapshot_id", "entity_type", "model_version", "round", name="uq_queue_runs_round"
        ),
    )
    op.create_table(
        "queue_entries",
        _id(),
        sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id"), nullable=False),
        sa.Column("run_id", sa.Integer, sa.ForeignKey("queue_runs.id")),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("stratum", sa.Text, nullable=False),
        sa.Column("inclusion_probability", sa.Double),
        sa.Column("snapshot_id", sa.Text),
        sa.Column("model_version", sa.Text),
        sa.Column("rank", sa.Integer),
        sa.Column("expected_harm", sa.Double),
        sa.Column("harm_unit", sa.Text),
        sa.Column("violation_probability", sa.Double),
        sa.Column("quality_probability", sa.Double),
        sa.Column("gmv_at_risk", sa.Double),
        sa.Column("at", sa.DateTime, nullable=False),
    )
    op.create_index("ix_queue_entries_case", "queue_entries", ["case_id"])
    op.create_index("ix_queue_entries_run", "queue_entries", ["run_id"])


def _claims() -> None:
    op.create_table(
        "claims",
        _id(),
        sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id"), nullable=False),
        sa.Column("token", sa.Text, nullable=False, unique=True),
        sa.Column("reviewer", sa.Text, nullable=False),
        sa.Column("claimed_at", sa.DateTime, nullable=False),
        sa.Column("viewed_at", sa.DateTime),
        sa.Column("renewed_at", sa.DateTime),
        sa.Column("ended_at", sa.DateTime),
        sa.Column("end", sa.Text),
        sa.Column("presentation", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
    )
    op.create_index("ix_claims_case", "claims", ["case_id"])
    op.create_index("ix_claims_reviewer", "claims", ["reviewer", "claimed_at"])


def _decisions() -> None:
    op.create_table(
        "decisions",
        _id(),
        sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id")),
        sa.Column("lease_token", sa.Text),
        sa.Column("import_key", sa.Text, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("corrects", sa.Integer, sa.ForeignKey("decisions.id"), unique=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("reviewer", sa.Text, nullable=False),
        sa.Column("decided_at", sa.DateTime, nullable=False),
        sa.Column("judged_at", sa.DateTime, nullable=False),
        sa.Column("entity_type", sa.Text, nullable=False),
        sa.Column("entity_id", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("policy", sa.Text),
        sa.Column("severity", sa.Text),
        sa.Column("points", sa.Integer, nullable=False),
        sa.Column("action", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("taxonomy_version", sa.Text, nullable=False),
        sa.Column("snapshot_id", sa.Text),
        sa.Column("dataset_id", sa.Text),
        sa.Column("as_of", sa.DateTime),
        sa.Column("model_version", sa.Text),
        sa.Column("feature_version", sa.Text),
        sa.Column("features", sa.JSON),
        sa.Column("violation_probability", sa.Double),
        sa.Column("quality_probability", sa.Double),
        sa.Column("expected_harm", sa.Double),
        sa.Column("harm_unit", sa.Text),
        sa.Column("queue_policy", sa.Text),
        sa.Column("stratum", sa.Text),
        sa.Column("inclusion_probability", sa.Double),
        sa.Column("control_probability", sa.Double),
        sa.Column("presentation", sa.Text),
        sa.Column("position", sa.Integer),
        sa.Column("claimed_at", sa.DateTime),
        sa.Column("viewed_at", sa.DateTime),
        sa.Column("seconds", sa.Double),
        sa.UniqueConstraint("case_id", "lease_token", name="uq_decisions_lease"),
    )
    op.create_index("ix_decisions_entity", "decisions", ["entity_type", "entity_id"])
    op.create_index("ix_decisions_decided_at", "decisions", ["decided_at"])


def _events() -> None:
    op.create_table(
        "case_events",
        _id(),
        sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id"), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
    )
    op.create_index("ix_case_events_case", "case_events", ["case_id"])


def _challengers() -> None:
    op.create_table(
        "challengers",
        _id(),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("entity_type", sa.Text, nullable=False),
        sa.Column("model_version", sa.Text, nullable=False),
        sa.Column("snapshot_id", sa.Text, nullable=False),
        sa.Column("label_set_id", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("comparison", sa.JSON),
        sa.Column("status", sa.Text, nullable=False),
    )
    op.create_index("ix_challengers_entity", "challengers", ["entity_type"])
