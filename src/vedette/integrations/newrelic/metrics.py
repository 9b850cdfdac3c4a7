"""Points as gauges of the Metric API.

https://docs.newrelic.com/docs/data-apis/ingest-apis/metric-api/metric-api-limits-restricted-attributes/

Law: every number is a gauge, not a count: of a count that was sent twice New Relic can only make twice as much, while
the latest of a gauge's twins is the number itself. Each point carries its id, so that it is a series of its own.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from vedette.integrations.newrelic.events import MOST_BYTES, NAMES, known, moment
from vedette.model.metrics import Point
from vedette.ports.packing import size_of
from vedette.rules.labelling import label
from vedette.rules.sampling import chunks, project_of, samples

PAST, FUTURE = timedelta(hours=48), timedelta(hours=24)
_MOST_METRICS = 10_000
_AROUND = len('[{"metrics":[]}]')


def bodies(points: Iterable[Point]) -> Iterator[list[dict[str, Any]]]:
    """The bodies of the requests that tell of the points, in their order."""
    made = (gauge for point in points for gauge in gauges(point))
    for chunk in chunks(made, size_of, most_items=_MOST_METRICS, most_bytes=MOST_BYTES, around=_AROUND):
        yield [{"metrics": list(chunk)}]


def gauges(point: Point) -> Iterator[dict[str, Any]]:
    """The point's numbers, each as a gauge."""
    attributes = known(
        {
            "project": label(project_of(point), NAMES),
            "filter": label(point.filter, NAMES),
            "vedette.instance": label(point.instance, NAMES),
            "vedette.point_id": point.id,
            "vedette.revision": point.revision,
            "vedette.lack": point.lack.value,
        }
    )
    for sample in samples(point):
        yield {
            "name": sample.name,
            "type": "gauge",
            "value": sample.value,
            "timestamp": moment(point),
            "attributes": attributes,
        }
