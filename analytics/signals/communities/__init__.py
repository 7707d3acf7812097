"""Rings: who belongs together by what they share, what holds them, and how suspicious it is."""
