"""Text to tree: the grammar's parser, the tree, and (for people) the words in which syntax errors are reported."""

from altac.syntax.parse import parse_source, read_source

__all__ = ["parse_source", "read_source"]
