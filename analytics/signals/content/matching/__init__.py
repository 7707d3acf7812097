"""Which products of two catalogues are the same."""
