"""The command line: thin, one module a command. Whatever is worth calling from Python lives elsewhere."""
