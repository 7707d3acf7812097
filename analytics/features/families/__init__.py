"""The declared features, one module per family."""
