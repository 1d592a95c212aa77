"""Editions, figures and texts, in; the pages of a portal with their paths and contexts, out."""
