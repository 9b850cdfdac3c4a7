"""Tests of the integration with GitHub Issues."""
