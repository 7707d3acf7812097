"""CSV reports. docs/reports.md says what each column holds."""

from analytics.reports.case_file import CASE_COLUMNS, CASE_SECTIONS, CaseFile, Evidence, export_case
from analytics.reports.cells import report_name
from analytics.reports.decisions import DECISION_COLUMNS, export_decisions
from analytics.reports.incidents import INCIDENT_COLUMNS, export_incidents
from analytics.reports.labels import LABEL_COLUMNS, REJECT_COLUMNS, export_labels, export_rejects
from analytics.reports.model_report import (
    MODEL_COLUMNS,
    MODEL_SECTIONS,
    ModelFigures,
    export_model_report,
)
from analytics.reports.queue import QUEUE_CASE_COLUMNS, QUEUE_COLUMNS, export_queue
from analytics.reports.rings import RING_COLUMNS, export_rings
from analytics.reports.scores import SCORE_COLUMNS, export_scores
from analytics.reports.training_set import TRAINING_COLUMNS, export_training_set
from analytics.reports.weak_labels import WEAK_LABEL_COLUMNS, export_weak_labels

__all__ = [
    "CASE_COLUMNS",
    "CASE_SECTIONS",
    "DECISION_COLUMNS",
    "INCIDENT_COLUMNS",
    "LABEL_COLUMNS",
    "MODEL_COLUMNS",
    "MODEL_SECTIONS",
    "QUEUE_CASE_COLUMNS",
    "QUEUE_COLUMNS",
    "REJECT_COLUMNS",
    "RING_COLUMNS",
    "SCORE_COLUMNS",
    "TRAINING_COLUMNS",
    "WEAK_LABEL_COLUMNS",
    "CaseFile",
    "Evidence",
    "ModelFigures",
    "export_case",
    "export_decisions",
    "export_incidents",
    "export_labels",
    "export_model_report",
    "export_queue",
    "export_rejects",
    "export_rings",
    "export_scores",
    "export_training_set",
    "export_weak_labels",
    "report_name",
]
