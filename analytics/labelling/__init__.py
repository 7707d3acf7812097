"""Whether labels can be trusted: doubtful decisions, agreement of reviewers, weak labels."""
