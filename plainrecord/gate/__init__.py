"""Checked tables and a policy, in; released tables, and the downloads made from them, out."""
