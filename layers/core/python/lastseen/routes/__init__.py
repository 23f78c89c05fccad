"""Routes of the read function: from a request through one use case to a response."""
