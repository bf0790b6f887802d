"""Tree to typed program: names, kinds, domains and proofs. Reports everything that it finds in one run."""

from altac.check.checker import check_file

__all__ = ["check_file"]
