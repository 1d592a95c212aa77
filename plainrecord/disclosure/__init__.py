"""Checked tables and a policy, in; released tables, out."""
