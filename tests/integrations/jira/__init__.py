"""Jira before its stand-in."""
