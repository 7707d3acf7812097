"""Event sequences: what usually follows what, what does not, and how much that looks like harm."""
