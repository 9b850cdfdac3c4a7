"""Garbage: looked for seldom while a command starts, which keeps what it makes, and as ever once a service stands."""

import gc

_USUAL = gc.get_threshold()
_WHILE_STARTING = 50_000  # objects; every 700, as Python has it, took a seventh of a start


def starts() -> None:
    """Look seldom from now on."""
    gc.set_threshold(_WHILE_STARTING, *_USUAL[1:])


def stands() -> None:
    """What was imported and read stays for good, and is walked no more; what comes from now on, goes."""
    gc.freeze()
    gc.set_threshold(*_USUAL)
