"""Rules and heads to matrices, in NumPy, with a name for every dimension."""

from altac.backend.weights import Weights, build_weights

__all__ = ["Weights", "build_weights"]
