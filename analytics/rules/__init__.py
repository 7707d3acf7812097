"""Rules beside the model: conditions on declared features that a person wrote and can read."""
