"""Kinds of charts, one module each: what they need, their words, specification and still picture."""
