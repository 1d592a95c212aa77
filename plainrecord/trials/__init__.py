"""Released tables and rules that a maintainer switched on, in; outcomes and accounts, out."""
