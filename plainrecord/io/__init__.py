"""Disk and network: the only package that reads and writes files of a portal."""
