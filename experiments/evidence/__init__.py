"""Tables of the programs that decide by scores, counted from texts that were written for them."""
