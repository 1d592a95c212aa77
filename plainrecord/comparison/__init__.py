"""Two editions of a table, or all of them, in; what was added, what is gone and what changed, out."""
