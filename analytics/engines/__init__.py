"""The query engines behind Ibis."""
