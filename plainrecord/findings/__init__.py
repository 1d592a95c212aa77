"""The finding, and the catalogue of all messages with their remedies."""
