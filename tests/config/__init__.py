"""Tests of `vedette.config`."""
