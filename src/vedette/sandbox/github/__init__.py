"""A stand-in GitHub on loopback: strict about requests, unkind in answers, an honest log."""

from vedette.sandbox.github.demo import demo
from vedette.sandbox.github.faults import Fault, Kind, Operation
from vedette.sandbox.github.server import GitHubStandIn
from vedette.sandbox.github.settings import App, Config, Profile, Repository
from vedette.sandbox.stage.answers import Exchange
from vedette.sandbox.stage.settings import Rate, amended

__all__ = [
    "App",
    "Config",
    "Exchange",
    "Fault",
    "GitHubStandIn",
    "Kind",
    "Operation",
    "Profile",
    "Rate",
    "Repository",
    "amended",
    "demo",
]
