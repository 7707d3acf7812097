"""Which cases a round of the queue takes, and what the decided ones say of all entities."""
