"""Queries over released tables: figures, profiles, scorecards, rules, claims, request logs."""
