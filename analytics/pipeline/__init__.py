"""The one wiring place: opens home, store, warehouse and engine, and runs the stages."""

from analytics.pipeline.demo import unpack_demo
from analytics.pipeline.workbench import Workbench, open_workbench

__all__ = ["Workbench", "open_workbench", "unpack_demo"]
