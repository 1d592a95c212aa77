"""Frozen values that two packages or more share, and the rule for suppressing counts."""
