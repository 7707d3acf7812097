"""From decisions to a challenger, its comparison with the champion, and its promotion."""
