"""A portal that somebody else published, in; what of it does not hold, out."""
