"""`altac play`: a page on the loopback address with an editor, and beside it the run."""
