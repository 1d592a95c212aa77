"""A released table and a standard for records, in; a scorecard with a grade for each element, out."""
