"""Which question goes to which use case, and in which form does the answer leave? The read function's whole table."""
