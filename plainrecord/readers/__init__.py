"""A file of any accepted format, in; its rows as text, block by block, out."""
