"""The decisions database: what is live, and later cases and decisions."""
