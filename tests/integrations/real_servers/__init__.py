"""Sinks against the servers themselves, where the machine has them."""
