"""Sections: the parts of the file whose blocks are vendors, each with the role that its kinds must play."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel

from vedette.config.registry import Registry, UnknownKind
from vedette.config.schema import NotifierBlock, SinkBlock, TrackerBlock


@dataclass(frozen=True, slots=True)
class Section:
    """A key of the first level, the block that all its kinds share, and the role that a kind must play there."""

    key: str
    block: type[BaseModel]
    role: str
    lacks: str  # what is wrong with a kind that does not play it


SECTIONS = (
    Section("trackers", TrackerBlock, "tracker", "keeps no tickets"),
    Section("notifiers", NotifierBlock, "notifier", "tells nobody anything"),
    Section("sinks", SinkBlock, "sink", "takes no points"),
)


def described(registry: Registry, section: Section) -> Iterator[tuple[str, type[BaseModel] | None]]:
    """Every kind that plays the section's role, with the model of its own keys."""
    for kind in registry.kinds():
        try:
            integration = registry.find(kind)
        except UnknownKind:
            continue  # cannot be used here, so that editors need not offer it
        if getattr(integration, section.role) is not None:
            yield kind, integration.config


def kinds_of(registry: Registry, section: Section) -> list[str]:
    """Every kind that plays the section's role."""
    return [kind for kind, _ in described(registry, section)]
