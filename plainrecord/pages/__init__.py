"""What there is to publish, in; the pages of a portal with their paths and contexts, out."""
