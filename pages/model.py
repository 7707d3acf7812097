"""Model: how good, how calibrated, and what drives it."""

from pages._ui.frame import heading, require_live

live = require_live()
heading("Model", "Metrics with intervals against honest baselines, calibration, capacity, drivers")
