"""Telemetry: the process's own counters for Prometheus; labels are the words of the journal."""

from prometheus_client import CollectorRegistry, Counter, Histogram

REGISTRY = CollectorRegistry()

DELIVERIES = Counter(
    "vedette_deliveries_total",
    "Deliveries at the door, by source and outcome.",
    ["source", "outcome"],
    registry=REGISTRY,
)
DECISIONS = Counter("vedette_decisions_total", "Decisions, by reason.", ["reason"], registry=REGISTRY)
SUPPRESSED = Counter(
    "vedette_suppressed_total",
    "What was kept from becoming a ticket, by reason and rule.",
    ["reason", "rule"],
    registry=REGISTRY,
)
JOBS = Counter("vedette_jobs_total", "Tries of jobs, by kind and outcome.", ["kind", "outcome"], registry=REGISTRY)
JOB_SECONDS = Histogram("vedette_job_seconds", "Seconds that a try of a job took.", ["kind"], registry=REGISTRY)


def count_delivery(source: str, outcome: str) -> None:
    """One delivery was accepted, repeated or refused."""
    DELIVERIES.labels(source, outcome).inc()


def count_decision(reason: str) -> None:
    """One decision was taken."""
    DECISIONS.labels(reason).inc()


def count_suppressed(reason: str, rule: str) -> None:
    """Something was kept from becoming a ticket."""
    SUPPRESSED.labels(reason, rule).inc()


def count_job(kind: str, outcome: str, *, seconds: float) -> None:
    """One try of a job ended."""
    JOBS.labels(kind, outcome).inc()
    JOB_SECONDS.labels(kind).observe(seconds)
