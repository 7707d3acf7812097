"""`python -m analytics.cli`: the `portreeve` command."""

from analytics.cli import main

main()
