"""A folder of files, in; the drafts of a portal, out. And the preview server."""
