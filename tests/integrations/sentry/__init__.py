"""The Sentry source: parsing by fixtures and mutation, calls against the stand-in."""
