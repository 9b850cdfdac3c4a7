"""People from a file: a CSV with a header, or an LDAP export in LDIF (RFC 2849), read anew whenever it changes.

The law: what cannot be read for certain is refused with its line, since a wrong address gives somebody else access.
"""

import base64
import binascii
import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from vedette.errors import Refused, Unavailable
from vedette.model.access import DirectoryFile
from vedette.ports.access import Address, unpaced

_LARGEST = 64 * 1024 * 1024
_DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True)
class Entry:
    """One person of the file, and the line where they stand; `email` is "" where they have none."""

    id: str
    email: str
    line: int


class DirectoryPeople:
    """A file in the role that knows people. See `vedette.ports.access.People`."""

    def __init__(self, directory: DirectoryFile) -> None:
        self._directory = directory
        self._path = Path(directory.file)
        self._state: tuple[int, int] | None = None
        self._people: dict[str, list[Entry]] = {}

    def address(self, login: str, *, pace: Callable[[], None] = unpaced) -> Address:  # noqa: ARG002 - no call is made
        """The address of the person of that id, in any case of letters.

        Raises `Unavailable` where the file cannot be read, `Refused` where it is no such file.
        """
        self._renew()
        entries = self._people.get(login.strip().casefold(), [])
        if not entries:
            return Address("", f"{self._path} has no {self._directory.id} {login}")
        emails = {entry.email.casefold() for entry in entries}
        if len(emails) > 1:
            lines = " and ".join(str(entry.line) for entry in entries)
            return Address("", f"{self._path} has several addresses for {login}, in lines {lines}")
        first = entries[0]
        text = "" if first.email else f"{self._path}:{first.line}: {login} has no {self._directory.email}"
        return Address(first.email, text)

    def close(self) -> None:
        """Nothing is held open."""

    def _renew(self) -> None:
        try:
            found = self._path.stat()
            state = (found.st_mtime_ns, found.st_size)
            if state == self._state:
                return
            if found.st_size > _LARGEST:
                raise Refused(f"{self._path} is larger than 64 MiB: leave out what is no person")
            data = self._path.read_bytes()
        except OSError as error:
            why = (error.strerror or "not a file").lower()
            raise Unavailable(f"{self._path} cannot be read: {why}; correct access.directory.file") from None
        people: dict[str, list[Entry]] = {}
        for entry in read(data, self._directory):
            people.setdefault(entry.id.casefold(), []).append(entry)
        self._people, self._state = people, state


def read(data: bytes, directory: DirectoryFile) -> list[Entry]:
    """Everybody in the file, in its order; raises `Refused` with file and line for what is no such file."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _refusal(directory, line, "is not UTF-8 text: save it as UTF-8") from None
    found = list(_ldif(text, directory) if _is_ldif(text) else _csv(text, directory))
    if not found:
        raise Refused(f"{directory.file} holds nobody: no entry has a {directory.id}")
    return found


def _refusal(directory: DirectoryFile, line: int, message: str) -> Refused:
    return Refused(f"{directory.file}:{line}: {message}")


def _is_ldif(text: str) -> bool:
    """Whether the first line that is no comment begins an LDIF."""
    first = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    return first.casefold().startswith(("dn:", "version:"))


def _csv(text: str, directory: DirectoryFile) -> Iterator[Entry]:
    lines, skipped = text, 0
    if text[:4].casefold() == "sep=":
        # What spreadsheets write first to say how the rest is separated.
        head, _, lines = text.partition("\n")
        skipped, delimiters = 1, head[4:5]
    else:
        delimiters = _DELIMITERS
    header = lines.split("\n", 1)[0]
    delimiter = max(delimiters, key=header.count) if delimiters else ","
    rows = csv.reader(StringIO(lines, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [name.strip().casefold() for name in next(rows, [])]
        at_id, at_email = (_column(name, names, directory, skipped + 1) for name in (directory.id, directory.email))
        for row in rows:
            line = rows.line_num + skipped
            if len(row) > len(names) and any(cell.strip() for cell in row[len(names) :]):
                raise _refusal(directory, line, f"has {len(row)} values, and the header {len(names)}: quote them")
            cells = [cell.strip() for cell in row] + [""] * len(names)
            if cells[at_id]:
                yield _entry(cells[at_id], cells[at_email], line, directory)
    except csv.Error as error:
        raise _refusal(directory, rows.line_num + skipped, f"is no CSV: {error}") from None


def _column(name: str, names: list[str], directory: DirectoryFile, line: int) -> int:
    if names.count(name.casefold()) == 1:
        return names.index(name.casefold())
    told = ", ".join(filter(None, names)) or "none"
    how = "several columns are called" if name.casefold() in names else "there is no column"
    raise _refusal(directory, line, f"{how} {name}; the columns are {told}: set access.directory")


def _entry(person: str, email: str, line: int, directory: DirectoryFile) -> Entry:
    if email and ("@" not in email[1:-1] or any(sign in email for sign in " ,;<>")):
        raise _refusal(directory, line, f"the {directory.email} of {person} is no e-mail address")
    return Entry(person, email, line)


@dataclass(slots=True)
class _Record:
    """One entry of an LDIF while it is read."""

    id: str = ""
    email: str = ""
    line: int = 0


def _ldif(text: str, directory: DirectoryFile) -> Iterator[Entry]:
    record = _Record()
    for line, content in [*_unfolded(text), (0, "")]:
        if not content:
            if record.id:
                yield _entry(record.id, record.email, record.line, directory)
            record = _Record()
            continue
        name, colon, rest = content.partition(":")
        if not colon:
            raise _refusal(directory, line, "is no line of an LDIF: a name and a colon should stand first")
        attribute = name.split(";", 1)[0].strip().casefold()
        # Of several values the first is the one that servers show as the usual one.
        if attribute == directory.id.casefold() and not record.id:
            record.id, record.line = _value(rest, line, directory), line
        if attribute == directory.email.casefold() and not record.email:
            record.email = _value(rest, line, directory)


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Logical lines with the number of their first; a line that begins with a blank goes on with the one before it."""
    held, first = "", 0
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.removesuffix("\r")
        if line.startswith(" ") and held:
            held += line[1:]
            continue
        if held and not held.startswith("#"):
            yield first, held
        if not line:
            yield number, ""
        held, first = line, number
    if held and not held.startswith("#"):
        yield first, held


def _value(rest: str, line: int, directory: DirectoryFile) -> str:
    """The value after the first colon: as it is, or in base64 after a second one."""
    if rest.startswith("<"):
        raise _refusal(directory, line, "the value lies in another file, which is not read")
    if not rest.startswith(":"):
        return rest.strip()
    try:
        return base64.b64decode(rest[1:].strip(), validate=True).decode("utf-8").strip()
    except (binascii.Error, UnicodeDecodeError):
        raise _refusal(directory, line, "the value after :: is no UTF-8 text in base64") from None
