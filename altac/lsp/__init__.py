"""`altac lsp`: what `altac.editing` knows, in the language server protocol over standard input and output."""
