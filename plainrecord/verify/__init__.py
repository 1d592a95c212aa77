"""Check a published portal from outside, without the project's sources."""
