"""Whether a model is what it says: its weights a program's, and its description its weights'."""
