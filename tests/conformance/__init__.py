"""Suites that every vendor of a role runs."""
