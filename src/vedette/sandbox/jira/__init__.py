"""A stand-in Jira on loopback, Cloud v3 or Data Center v2: strict about requests, unkind in answers, an honest log."""

from vedette.sandbox.jira.demo import demo
from vedette.sandbox.jira.faults import Fault, Kind, Operation
from vedette.sandbox.jira.judge import History, Verdict, judge
from vedette.sandbox.jira.server import JiraStandIn
from vedette.sandbox.jira.settings import (
    Config,
    CustomField,
    Face,
    Fate,
    Person,
    Project,
    Status,
    Transition,
    Workflow,
)
from vedette.sandbox.stage.answers import Exchange
from vedette.sandbox.stage.settings import Rate, amended

__all__ = [
    "Config",
    "CustomField",
    "Exchange",
    "Face",
    "Fate",
    "Fault",
    "History",
    "JiraStandIn",
    "Kind",
    "Operation",
    "Person",
    "Project",
    "Rate",
    "Status",
    "Transition",
    "Verdict",
    "Workflow",
    "amended",
    "demo",
    "judge",
]
