"""Requests and answers held against the vendors' own specifications."""
