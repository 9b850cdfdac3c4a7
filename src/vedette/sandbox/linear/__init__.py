"""A stand-in Linear on loopback: strict about queries, unkind in answers, an honest log."""

from vedette.sandbox.linear.answers import Exchange
from vedette.sandbox.linear.demo import demo
from vedette.sandbox.linear.faults import Aim, Fault, Kind
from vedette.sandbox.linear.schema import KNOWN, TEXT
from vedette.sandbox.linear.server import LinearStandIn
from vedette.sandbox.linear.settings import (
    Config,
    Label,
    Person,
    Project,
    Team,
    WorkflowState,
    known_id,
)
from vedette.sandbox.stage.settings import Rate, amended

__all__ = [
    "KNOWN",
    "TEXT",
    "Aim",
    "Config",
    "Exchange",
    "Fault",
    "Kind",
    "Label",
    "LinearStandIn",
    "Person",
    "Project",
    "Rate",
    "Team",
    "WorkflowState",
    "amended",
    "demo",
    "known_id",
]
