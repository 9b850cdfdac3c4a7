"""Addresses: which of them belong to the public internet, so that what a user gives leads nowhere else."""

import ipaddress
import socket

# IPv4 behind a translator (RFC 6052).
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Of IPv6 only this is given out for the internet (https://www.iana.org/assignments/ipv6-address-space). What Python
# calls global holds more: old site-local addresses, translators of a network's own, documentation.
_GIVEN_OUT = ipaddress.ip_network("2000::/3")
_DOCUMENTATION = ipaddress.ip_network("3fff::/20")


class Private(ValueError):
    """The name stands for an address that is not of the public internet."""


def resolved(host: str, port: int) -> str:
    """One address that the name stands for, to be connected to as it is: asked again, the name may say another.

    Raises `Private` where any of its addresses is not public, and `OSError` where the name is not known.
    """
    try:
        found = sorted({str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})
    except UnicodeError as error:
        raise OSError(f"{host} is no name") from error
    if not all(is_public(address) for address in found):
        raise Private(host)
    return found[0]


def is_private_literal(host: str) -> bool:
    """Whether the host is an address, or a name of this machine, that is not public; other names are not looked up."""
    try:
        return not is_public(host.strip("[]"))
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def is_public(address: str) -> bool:
    """Whether an IP address is of the public internet; one wrapped into IPv6 is judged by what it wraps."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if found in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
        if found not in _GIVEN_OUT or found in _DOCUMENTATION:
            return False
    return found.is_global and not found.is_multicast
