"""Programs from examples: what is given as inputs and outputs becomes a program of alta."""

from altac.synthesis.examples import Examples, Shape, refuse_contradictions, refuse_unseen, refuse_useless, split
from altac.synthesis.reading import Form, read_examples

__all__ = [
    "Examples",
    "Form",
    "Shape",
    "read_examples",
    "refuse_contradictions",
    "refuse_unseen",
    "refuse_useless",
    "split",
]
