"""A module that exports no INTEGRATION."""
