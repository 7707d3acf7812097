"""Fit, calibrate, evaluate and register the risk models."""
