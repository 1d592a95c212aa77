"""What maintainers write, in; values that the program trusts, and findings, out."""
