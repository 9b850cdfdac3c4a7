"""New Relic: points as events, as metrics, or as both.

https://docs.newrelic.com/docs/data-apis/ingest-apis/event-api/introduction-event-api/
https://docs.newrelic.com/docs/data-apis/ingest-apis/metric-api/report-metrics-metric-api/
"""

from vedette.integrations.newrelic.settings import Config
from vedette.integrations.newrelic.sink import NewRelic
from vedette.ports.roles import Integration

INTEGRATION = Integration(config=Config, sink=NewRelic.from_settings)
