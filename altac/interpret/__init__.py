"""The meaning of alta: runs the checked program itself, batched, in NumPy."""

from altac.interpret.interpreter import Interpreter

__all__ = ["Interpreter"]
