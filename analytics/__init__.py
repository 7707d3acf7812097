"""Portreeve: the governance workbench for marketplaces, usable without its web pages."""

__version__ = "0.1.0"
