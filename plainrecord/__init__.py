"""Plainrecord: folders of public records in, a published portal out."""

__version__ = "0.1.0"
