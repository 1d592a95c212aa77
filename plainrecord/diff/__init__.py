"""Two releases of a table, or all of them, in; what was added, removed and changed, out."""
