"""From weights back to a program: which dimensions form variables, what heads look for, what hidden units decide."""
