"""Hands: vendors and nothing else, each found by its `kind:`."""
