"""Why a value of a trace is what it is: the rule that gave it, and what the heads that the rule reads selected."""

from altac.explain.facts import Explanation, Fact, Why
from altac.explain.run import Explainer
from altac.explain.tree import explain

__all__ = ["Explainer", "Explanation", "Fact", "Why", "explain"]
