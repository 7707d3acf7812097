"""What is known about an entity as of a moment, as Ibis expressions with a declaration each."""
