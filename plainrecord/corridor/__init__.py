"""Stretches of the corridor: each carries values from room to room, and has no rules of its own."""
