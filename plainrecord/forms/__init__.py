"""Texts as a person writes them, in; forms, and findings for what does not fit, out."""
