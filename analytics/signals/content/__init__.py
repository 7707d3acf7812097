"""What listings, transcripts and pictures say, and which of them are the same."""
