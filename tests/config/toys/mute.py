"""A toy that plays no role."""

from vedette.ports.roles import Integration

INTEGRATION = Integration()
