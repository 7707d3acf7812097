"""Signals: graph, communities, sequence, content, behaviour: estimators usable on their own."""
