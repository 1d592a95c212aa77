"""A file of any format, in; columns of text, block by block, out. Shared by rooms that read tables."""
