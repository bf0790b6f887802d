"""The score engine of `altac learn`: tagging and classification by evidence."""

from altac.synthesis.scores.engine import scores
from altac.synthesis.scores.program import TABLES

__all__ = ["TABLES", "scores"]
