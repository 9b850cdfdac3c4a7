"""Toy integrations, so that the settings are tested without any vendor."""
