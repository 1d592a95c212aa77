"""Rows and a schema, in; typed tables and findings, out."""
