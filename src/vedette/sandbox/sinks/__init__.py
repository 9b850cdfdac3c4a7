"""Stand-ins for where points go: New Relic, Anodot and Datadog, on loopback."""
