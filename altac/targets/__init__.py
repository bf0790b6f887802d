"""Blocks to what a tool opens: the only place that knows the names of parameters there."""
