"""Stand-ins for where points go: New Relic, Anodot, Datadog, Prometheus and OpenTelemetry, on loopback."""
