"""From a typed program to rules, and from rules to fewer rules that mean the same."""

from altac.passes.lower import count_plain
from altac.passes.pipeline import Stage, lower_program, run_passes

__all__ = ["Stage", "count_plain", "lower_program", "run_passes"]
