"""The inward border: everything that knows how Enode signs, names and shapes things."""
