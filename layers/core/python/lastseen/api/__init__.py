"""The outward border: what frontends and Enode's sender see of us."""
