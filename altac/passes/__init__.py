"""From a typed program to rules, and from rules to fewer rules that mean the same."""

from altac.passes.pipeline import lower_program

__all__ = ["lower_program"]
