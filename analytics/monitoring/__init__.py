"""Watching: what moved since an earlier snapshot, whom errors hit, and how cases are shown."""
