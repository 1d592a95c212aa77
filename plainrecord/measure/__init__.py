"""Released tables, in; figures, profiles and counts with their receipts, out."""
