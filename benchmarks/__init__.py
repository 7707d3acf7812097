"""What docs/performance.md quotes; each module runs with `python -m`."""
