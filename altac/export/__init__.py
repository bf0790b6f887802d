"""Models in the files of other tools: `targets.py` has the tools, each with a writer that gives a whole folder."""
