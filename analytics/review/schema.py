"""Tables of the decisions database. All times are naive UTC."""

import sqlalchemy as sa

metadata = sa.MetaData()


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True, autoincrement=True)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime, nullable=nullable)


def _float(name: str, *, nullable: bool = True) -> sa.Column[float]:
    return sa.Column(name, sa.Double, nullable=nullable)


def _refers(name: str, to: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, sa.ForeignKey(to), nullable=nullable)


live_table = sa.Table(
    "live",
    metadata,
    _id(),
    _time("at"),
    _text("person"),
    _text("reason"),
    _text("snapshot_id"),
    sa.Column("models", sa.JSON, nullable=False),
)

cases_table = sa.Table(
    "cases",
    metadata,
    _id(),
    _text("entity_type"),
    _text("entity_id"),
    _text("status"),
    _time("opened_at"),
    _text("opened_by"),
    _text("opened_reason"),
    _text("lead_policy", nullable=True),
    _time("due_at"),
    _float("priority", nullable=False),
    _text("assigned_to", nullable=True),
    _time("hold_until", nullable=True),
    _text("hold_reason", nullable=True),
    _time("closed_at", nullable=True),
    _time("closed_until", nullable=True),
    _refers("reopens", "cases.id", nullable=True),
    sa.Column("decision_id", sa.Integer, nullable=True),
    _text("lease_token", nullable=True),
    _text("lease_holder", nullable=True),
    _time("lease_expires_at", nullable=True),
    _time("lease_last_interaction_at", nullable=True),
    _time("first_claimed_at", nullable=True),
    _time("first_viewed_at", nullable=True),
)
# The condition stands in every query of open cases in the same words: SQLite compares them.
IS_NOT_CLOSED = cases_table.c.closed_at.is_(None)


def _open_index(
    name: str,
    *columns: sa.ColumnElement,
    unique: bool = False,
    where: sa.ColumnElement[bool] = IS_NOT_CLOSED,
) -> sa.Index:
    return sa.Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


_open_index("uq_cases_open_entity", cases_table.c.entity_type, cases_table.c.entity_id, unique=True)
_open_index("ix_cases_open_priority", cases_table.c.priority.desc(), cases_table.c.id)
_open_index(
    "ix_cases_open_entity_priority",
    cases_table.c.entity_type,
    cases_table.c.priority.desc(),
    cases_table.c.id,
)
_open_index(  # not of the many that nobody is assigned to: it would tempt SQLite to sort them
    "ix_cases_open_assigned",
    cases_table.c.assigned_to,
    where=sa.and_(IS_NOT_CLOSED, cases_table.c.assigned_to.is_not(None)),
)
sa.Index("ix_cases_entity", cases_table.c.entity_type, cases_table.c.entity_id)

queue_runs_table = sa.Table(
    "queue_runs",
    metadata,
    _id(),
    _text("snapshot_id"),
    _text("entity_type"),
    _text("model_version"),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("models", sa.JSON, nullable=False),
    _time("at"),
    sa.Column("population", sa.Integer, nullable=False),
    sa.Column("capacity", sa.Integer, nullable=False),
    sa.Column("control_size", sa.Integer, nullable=False),
    sa.Column("seed", sa.BigInteger, nullable=False),
    sa.UniqueConstraint(
        "snapshot_id", "entity_type", "model_version", "round", name="uq_queue_runs_round"
    ),
)

queue_entries_table = sa.Table(
    "queue_entries",
    metadata,
    _id(),
    _refers("case_id", "cases.id"),
    _refers("run_id", "queue_runs.id", nullable=True),
    _text("policy"),
    _text("stratum"),
    _float("inclusion_probability"),
    _text("snapshot_id", nullable=True),
    _text("model_version", nullable=True),
    sa.Column("rank", sa.Integer, nullable=True),
    _float("expected_harm"),
    _text("harm_unit", nullable=True),
    _float("violation_probability"),
    _float("quality_probability"),
    _float("gmv_at_risk"),
    _time("at"),
)
sa.Index("ix_queue_entries_case", queue_entries_table.c.case_id)
sa.Index("ix_queue_entries_run", queue_entries_table.c.run_id)

claims_table = sa.Table(
    "claims",
    metadata,
    _id(),
    _refers("case_id", "cases.id"),
    sa.Column("token", sa.Text, nullable=False, unique=True),
    _text("reviewer"),
    _time("claimed_at"),
    _time("viewed_at", nullable=True),
    _time("renewed_at", nullable=True),
    _time("ended_at", nullable=True),
    _text("end", nullable=True),
    _text("presentation"),
    sa.Column("position", sa.Integer, nullable=False),
)
sa.Index("ix_claims_case", claims_table.c.case_id)
sa.Index("ix_claims_reviewer", claims_table.c.reviewer, claims_table.c.claimed_at)

decisions_table = sa.Table(
    "decisions",
    metadata,
    _id(),
    _refers("case_id", "cases.id", nullable=True),
    _text("lease_token", nullable=True),
    sa.Column("import_key", sa.Text, nullable=True, unique=True),
    _text("kind"),
    sa.Column("corrects", sa.Integer, sa.ForeignKey("decisions.id"), nullable=True, unique=True),
    _text("source"),
    _text("reviewer"),
    _time("decided_at"),
    _time("judged_at"),
    _text("entity_type"),
    _text("entity_id"),
    _text("outcome", nullable=True),
    _text("policy", nullable=True),
    _text("severity", nullable=True),
    sa.Column("points", sa.Integer, nullable=False),
    _text("action", nullable=True),
    _text("reason"),
    _text("taxonomy_version"),
    _text("snapshot_id", nullable=True),
    _text("dataset_id", nullable=True),
    _time("as_of", nullable=True),
    _text("model_version", nullable=True),
    _text("feature_version", nullable=True),
    sa.Column("features", sa.JSON(none_as_null=True), nullable=True),
    _float("violation_probability"),
    _float("quality_probability"),
    _float("expected_harm"),
    _text("harm_unit", nullable=True),
    _text("queue_policy", nullable=True),
    _text("stratum", nullable=True),
    _float("inclusion_probability"),
    _float("control_probability"),
    _text("presentation", nullable=True),
    sa.Column("position", sa.Integer, nullable=True),
    _time("claimed_at", nullable=True),
    _time("viewed_at", nullable=True),
    _float("seconds"),
    sa.Column("batch_id", sa.Integer, nullable=True),
    _text("suggested_policy", nullable=True),
    sa.UniqueConstraint("case_id", "lease_token", name="uq_decisions_lease"),
)
sa.Index("ix_decisions_entity", decisions_table.c.entity_type, decisions_table.c.entity_id)
sa.Index("ix_decisions_decided_at", decisions_table.c.decided_at)

sa.Index("ix_decisions_batch", decisions_table.c.batch_id)

batches_table = sa.Table(
    "batches",
    metadata,
    _id(),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    _time("at"),
    _text("actor"),
    _text("subject"),
    _text("snapshot_id"),
    _text("reason"),
    sa.Column("left_out", sa.JSON, nullable=False),
)
sa.Index("ix_batches_subject", batches_table.c.subject)

case_events_table = sa.Table(
    "case_events",
    metadata,
    _id(),
    _refers("case_id", "cases.id"),
    _time("at"),
    _text("actor"),
    _text("kind"),
    sa.Column("data", sa.JSON, nullable=False),
)
sa.Index("ix_case_events_case", case_events_table.c.case_id)

challengers_table = sa.Table(
    "challengers",
    metadata,
    _id(),
    _time("at"),
    _text("entity_type"),
    _text("model_version"),
    _text("snapshot_id"),
    _text("label_set_id"),
    _text("person"),
    sa.Column("comparison", sa.JSON(none_as_null=True), nullable=True),
    _text("status"),
)
sa.Index("ix_challengers_entity", challengers_table.c.entity_type)

promotions_table = sa.Table(
    "promotions",
    metadata,
    _id(),
    sa.Column("live_id", sa.Integer, sa.ForeignKey("live.id"), nullable=False, unique=True),
    _text("entity_type"),
    _text("model_version"),
    _text("was", nullable=True),
    _text("gate_version"),
    _text("outcome"),
    sa.Column("failed", sa.JSON, nullable=False),
    sa.Column("is_override", sa.Boolean, nullable=False),
)
sa.Index("ix_promotions_entity", promotions_table.c.entity_type)

incident_events_table = sa.Table(
    "incident_events",
    metadata,
    _id(),
    _time("at"),
    _text("actor"),
    _text("kind"),
    _text("entity_type"),
    _text("entity_id"),
    _text("series"),
    _text("direction"),
    _time("seen_on"),
    _text("snapshot_id"),
    _text("reason", nullable=True),
    _refers("case_id", "cases.id", nullable=True),
)
sa.Index(
    "ix_incident_events_incident",
    incident_events_table.c.entity_type,
    incident_events_table.c.entity_id,
    incident_events_table.c.series,
)

second_looks_table = sa.Table(
    "second_looks",
    metadata,
    _id(),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    _refers("decision_id", "decisions.id"),
    _text("purpose"),
    _text("status"),
    _time("asked_at"),
    _text("asked_by"),
    _text("why", nullable=True),
    _text("held_by", nullable=True),
    _time("held_at", nullable=True),
    _text("reviewer", nullable=True),
    _time("answered_at", nullable=True),
    _text("outcome", nullable=True),
    _text("policy", nullable=True),
    _text("reason", nullable=True),
    _float("seconds"),
    _text("verdict", nullable=True),
    _text("settled_by", nullable=True),
    _time("settled_at", nullable=True),
    _text("settled_reason", nullable=True),
    _refers("amendment_id", "decisions.id", nullable=True),
)
sa.Index("ix_second_looks_decision", second_looks_table.c.decision_id)
sa.Index("ix_second_looks_status", second_looks_table.c.status, second_looks_table.c.purpose)

golden_cases_table = sa.Table(
    "golden_cases",
    metadata,
    _id(),
    sa.Column(
        "decision_id", sa.Integer, sa.ForeignKey("decisions.id"), nullable=False, unique=True
    ),
    _time("at"),
    _text("person"),
    _text("reason"),
)

label_checks_table = sa.Table(
    "label_checks",
    metadata,
    _id(),
    _time("at"),
    _text("person"),
    _text("entity_type"),
    sa.Column("result", sa.JSON, nullable=False),
)
sa.Index("ix_label_checks_entity", label_checks_table.c.entity_type)

rule_versions_table = sa.Table(
    "rule_versions",
    metadata,
    _id(),
    _time("at"),
    _text("author"),
    _text("reason"),
    _text("entity_type"),
    _text("name"),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("definition", sa.JSON, nullable=False),
    _text("policy", nullable=True),
    sa.UniqueConstraint("entity_type", "name", "version", name="uq_rule_versions"),
)

rule_events_table = sa.Table(
    "rule_events",
    metadata,
    _id(),
    _refers("rule_id", "rule_versions.id"),
    _time("at"),
    _text("actor"),
    _text("state"),
    _text("reason"),
)
sa.Index("ix_rule_events_rule", rule_events_table.c.rule_id)
