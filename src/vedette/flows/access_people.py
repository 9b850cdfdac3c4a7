"""Access: everybody's address as their source tells it now, and as it was last found.

The law: a source that cannot be asked fails the whole question, since people without an answer would seem to have left;
whoever hides their address, or is not there any more, is told with the reason and what was last known.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from vedette.errors import Unavailable, VedetteError
from vedette.flows.context import Context
from vedette.flows.pacing import Pacer
from vedette.model.access import Managed, Person
from vedette.model.ownership import Finding
from vedette.ports.access import Address, People, unpaced
from vedette.rules.access.resolving import Known
from vedette.store import access
from vedette.store.database import Tx

_GITHUB, _DIRECTORY = "github", "directory"


def known_people(context: Context, *, pace: Callable[[], None] = unpaced) -> Known:
    """Each person's address or why there is none, and the last known of those whose address is looked up.

    Each source is asked once for each person, GitHub no faster than its tracker's `rate_per_s`; `pace` is called before
    each call. Raises the families of `vedette.errors` where a source cannot be asked.
    """
    settings = context.settings.access
    if Managed.MEMBERS not in settings.manage:
        return Known()
    last = context.store.read(access.known_addresses)
    wait = _pace(context, pace)
    found = {name: _address(context, person, pace=wait) for name, person in settings.people.items()}
    return Known(found, {name: last[key] for name, each in settings.people.items() if (key := _key(each)) in last})


def remember(tx: Tx, people: Mapping[str, Person], known: Known, *, now: datetime) -> None:
    """Keep what was looked up, for the day that it cannot be found."""
    found = {_key(people[name]): each.email for name, each in known.addresses.items() if name in people}
    access.remember_addresses(tx, {key: email for key, email in found.items() if key}, now=now)


def check_directory(context: Context) -> Iterator[Finding]:
    """`check --live`: can the directory's file be read, and has everybody who is looked up in it an address?"""
    directory = context.settings.access.directory
    if directory is None:
        return
    people = {name: each.directory for name, each in context.settings.access.people.items() if each.directory}
    subject, source = f"access.directory {directory.file}", _source(context, _DIRECTORY)
    try:
        source.address("")  # reads the file also where nobody is looked up in it
        found = {name: source.address(wanted) for name, wanted in people.items()}
    except VedetteError as problem:
        yield Finding(subject, ok=False, message=str(problem), cure="mend the file, or access.directory")
        return
    lacking = {name: each.text for name, each in found.items() if not each.email}
    yield Finding(subject, ok=True, message=f"{len(found) - len(lacking)} of {len(found)} people have an address in it")
    for name, text in lacking.items():
        yield Finding(f"access.people.{name}", ok=False, message=text, cure="correct the id, or write email: instead")


def _key(person: Person) -> str:
    """What an address is remembered under: the login or id, and not the name in the file, which may pass to another."""
    if person.email:
        return ""
    if person.directory:
        return f"{_DIRECTORY}:{person.directory.casefold()}"
    return f"{_GITHUB}:{person.github.casefold()}" if person.github else ""


def _address(context: Context, person: Person, *, pace: Callable[[], None]) -> Address:
    if person.email:
        return Address(person.email)
    if person.directory:
        return _source(context, _DIRECTORY).address(person.directory)
    if person.github:
        return _source(context, _GITHUB).address(person.github, pace=pace)
    return Address("", "neither email, directory nor github is given")


def _source(context: Context, way: str) -> People:
    try:
        return context.people[way]
    except KeyError:
        raise Unavailable(
            f"nobody can be asked for people's addresses by {way}: look at access: in the settings"
        ) from None


def _pace(context: Context, pace: Callable[[], None]) -> Callable[[], None]:
    tracker = context.settings.trackers.get(context.settings.access.github)
    pacer = Pacer(tracker.rate_per_s if tracker else 1.0)

    def wait() -> None:
        pace()
        pacer.wait()

    return wait
