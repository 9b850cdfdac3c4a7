"""Decisions: pure functions that return reasons; no network, SQL, clock, randomness or vendor names."""
