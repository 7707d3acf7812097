"""Neural alternatives that were measured and are not part of Portreeve."""
