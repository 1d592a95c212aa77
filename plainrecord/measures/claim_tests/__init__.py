"""Tests of claims, each kind in one module: its keys, its measurement and its words for readers."""
