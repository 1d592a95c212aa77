"""Frozen values that rooms hand to one another, without any work in them."""
