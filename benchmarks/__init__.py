"""How fast and how large: `python -m benchmarks`. Figures are explained in `docs/performance.md`."""
