"""Plausibility rules, each one class: its keys, its query and its explanation for readers."""
