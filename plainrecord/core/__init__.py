"""Paths, JSON, YAML, HTML, exact numbers and errors."""
