"""Signals beyond the tables: what is seen only in links, sequences, content and over time."""
