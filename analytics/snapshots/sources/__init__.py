"""Readers of published and of own marketplace exports."""
