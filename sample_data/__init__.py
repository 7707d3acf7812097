"""The sample marketplace: a generator with planted harm, and a small ready snapshot."""
