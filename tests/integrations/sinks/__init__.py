"""Sinks: each vendor through the conformance suite, and what only it can do."""
