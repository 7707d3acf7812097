"""CSV reports. docs/reports.md says what each column holds."""

from analytics.reports.scores import QUEUE_COLUMNS, SCORE_COLUMNS, export_queue, export_scores

__all__ = ["QUEUE_COLUMNS", "SCORE_COLUMNS", "export_queue", "export_scores"]
