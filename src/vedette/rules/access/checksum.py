"""Checksum: what ties an apply to the plan that was reviewed: where, and which changes; not why, and not when."""

import hashlib
from collections.abc import Iterable

from vedette.model.plan import OrganizationPlan
from vedette.rules.access.ordering import ordered
from vedette.rules.access.written import canonical


def checksum_of(parts: Iterable[OrganizationPlan]) -> str:
    """64 hexadecimal digits, the same for the same changes in whatever order they were read."""
    lines = [
        line for part in sorted(parts, key=lambda each: (each.instance, each.organization)) for line in _lines(part)
    ]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def _lines(part: OrganizationPlan) -> Iterable[str]:
    yield f"# {part.instance}\t{part.organization}"
    yield from (canonical(change) for change in ordered(part.changes))
