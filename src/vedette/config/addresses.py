"""Addresses: which host a web address names, and whether that is this machine."""

from ipaddress import ip_address
from urllib.parse import urlsplit


def host(url: str) -> str:
    """The host of the address; "" where it has none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def is_loopback(name: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def on_this_machine(url: object) -> bool:
    """Whether an address, if it is one, leads to this machine."""
    return isinstance(url, str) and is_loopback(host(url))
