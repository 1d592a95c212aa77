"""A stranger's check of a published portal."""
