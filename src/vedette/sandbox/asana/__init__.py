"""A stand-in Asana on loopback: strict about requests, unkind in answers, an honest log."""

from vedette.sandbox.asana.demo import demo
from vedette.sandbox.asana.faults import Fault, Kind, Operation
from vedette.sandbox.asana.server import AsanaStandIn
from vedette.sandbox.asana.settings import Config, CustomField, Person, Portfolio, Project
from vedette.sandbox.stage.answers import Exchange
from vedette.sandbox.stage.settings import Rate, amended

__all__ = [
    "AsanaStandIn",
    "Config",
    "CustomField",
    "Exchange",
    "Fault",
    "Kind",
    "Operation",
    "Person",
    "Portfolio",
    "Project",
    "Rate",
    "amended",
    "demo",
]
