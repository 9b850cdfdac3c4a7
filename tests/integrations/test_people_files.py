"""People from files: CSV as programs and spreadsheets write it, LDIF as directories do; what is odd is told by line."""

import base64
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.errors import Refused, Unavailable
from vedette.integrations.people_files import DirectoryPeople, Entry, read
from vedette.model.access import DirectoryFile
from vedette.ports.access import Address

PLAIN = "uid,mail\nada,ada@example.test\nbo,bo@example.test\n"
LDIF = """\
version: 1

# ada, people, example.test
dn: uid=ada,ou=people,dc=example,dc=test
objectClass: inetOrgPerson
uid: ada
cn:: QWRhIEzDqXZlc3F1ZQ==
description: a line that goes on
  and on
mail: ada@example.test
mail: ada.second@example.test

dn: uid=bo,ou=people,dc=example,dc=test
UID: bo
mail;x-work:: Ym9A
 ZXhhbXBsZS50ZXN0

dn: ou=people,dc=example,dc=test
ou: people

# search result
search: 2
result: 0 Success
"""


def directory(text: str | bytes, folder: Path, *, name: str = "people.csv", **names: str) -> DirectoryPeople:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return DirectoryPeople(DirectoryFile(str(path), **names))


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        PLAIN.replace("\n", "\r\n"),
        "\ufeff" + PLAIN,
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", "\t"),
        "sep=;\r\n" + PLAIN.replace(",", ";").replace("\n", "\r\n"),
        'name,"Mail",UID\n"Lovelace, Ada", ada@example.test ,ada\n\n,bo@example.test,bo\n',
        "uid,mail\nada,ada@example.test\n\nbo,bo@example.test\nada,ADA@example.test",
        LDIF,
        LDIF.replace("\n", "\r\n"),
        "\ufeff" + LDIF,
    ],
    ids=["plain", "crlf", "bom", "semicolons", "tabs", "sep", "quoted", "twice alike", "ldif", "ldif crlf", "ldif bom"],
)
def test_an_address_is_found_by_the_id_in_any_case(text: str, tmp_path: Path) -> None:
    people = directory(text, tmp_path)
    assert people.address("ada") == Address("ada@example.test")
    assert people.address(" BO ") == Address("bo@example.test")


def test_other_columns_can_be_named(tmp_path: Path) -> None:
    people = directory("login;e-mail;uid\nada;ada@example.test;7\n", tmp_path, id="Login", email="E-Mail")
    assert people.address("ada").email == "ada@example.test"


def test_somebody_who_is_not_there_is_told_of(tmp_path: Path) -> None:
    assert directory(PLAIN, tmp_path).address("cy") == Address("", f"{tmp_path}/people.csv has no uid cy")


@pytest.mark.parametrize("text", ["uid,mail\nada,\n", "uid,mail\nada\n", "dn: uid=ada\nuid: ada\n"])
def test_somebody_without_an_address_is_told_of_with_the_line(text: str, tmp_path: Path) -> None:
    assert directory(text, tmp_path).address("ada") == Address("", f"{tmp_path}/people.csv:2: ada has no mail")


def test_two_addresses_of_one_id_are_none_and_the_lines_are_told(tmp_path: Path) -> None:
    found = directory(f"{PLAIN}Ada,other@example.test\n", tmp_path).address("ada")
    assert found == Address("", f"{tmp_path}/people.csv has several addresses for ada, in lines 2 and 4")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "people.csv:1: there is no column uid; the columns are none: set access.directory"),
        ("name,mail\n", "people.csv:1: there is no column uid; the columns are name, mail: set access.directory"),
        ("sep=;\nname;mail\n", "people.csv:2: there is no column uid"),
        ("uid,mail,Mail\n", "people.csv:1: several columns are called mail"),
        ("uid,mail\n", "people.csv holds nobody: no entry has a uid"),
        ("uid,mail\nada,ada@example.test\nbo,Bo,bo@example.test\n", "people.csv:3: has 3 values, and the header 2"),
        ('uid,mail\nada,"ada@example.test\n', "people.csv:2: is no CSV"),
        ('uid,mail\nada,"a"da@example.test\n', "people.csv:2: is no CSV"),
        ("uid,mail\nada,nowhere\n", "people.csv:2: the mail of ada is no e-mail address"),
        ("uid,mail\nada,a@example.test b@example.test\n", "people.csv:2: the mail of ada is no e-mail address"),
        (b"uid,mail\nada,ada@example.test\nj\xf6,x@example.test\n", "people.csv:3: is not UTF-8 text"),
        ("dn: uid=ada\nuid: ada\nmail:: !!!\n", "people.csv:3: the value after :: is no UTF-8 text in base64"),
        ("dn: uid=ada\nuid: ada\nmail:: /w==\n", "people.csv:3: the value after :: is no UTF-8 text in base64"),
        ("dn: uid=ada\nuid: ada\nmail:< file:///x\n", "people.csv:3: the value lies in another file"),
        ("dn: uid=ada\nuid: ada\nwhat is this\n", "people.csv:3: is no line of an LDIF"),
        ("version: 1\n\ndn: ou=people\nou: people\n", "people.csv holds nobody"),
    ],
)
def test_what_cannot_be_read_for_certain_is_refused_with_its_line(text: str | bytes, told: str, tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        directory(text, tmp_path).address("ada")
    assert str(caught.value).removeprefix(f"{tmp_path}/").startswith(told)


def test_a_file_that_is_not_there_is_an_error_and_nobody_left(tmp_path: Path) -> None:
    people = DirectoryPeople(DirectoryFile(str(tmp_path / "gone.csv")))
    with pytest.raises(Unavailable, match=r"gone\.csv cannot be read: no such file or directory"):
        people.address("ada")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be read"):
        DirectoryPeople(DirectoryFile(str(tmp_path))).address("ada")


def test_a_file_that_changes_is_read_anew(tmp_path: Path) -> None:
    people = directory(PLAIN, tmp_path)
    assert people.address("ada").email == "ada@example.test"
    path = tmp_path / "people.csv"
    path.write_text(PLAIN.replace("ada@", "ada.l@"), encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert people.address("ada").email == "ada.l@example.test"


def test_a_bad_change_is_told_each_time_and_a_good_one_heals_it(tmp_path: Path) -> None:
    people = directory(PLAIN, tmp_path)
    assert people.address("bo").email == "bo@example.test"
    path = tmp_path / "people.csv"
    for stamp in (1, 2):
        path.write_text("torn", encoding="utf-8")
        os.utime(path, ns=(stamp, stamp))
        with pytest.raises(Refused):
            people.address("bo")
    path.write_text(PLAIN, encoding="utf-8")
    assert people.address("bo").email == "bo@example.test"


IDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs"]), min_size=1, max_size=12)


def folded(line: str, width: int) -> str:
    """The line broken as RFC 2849 allows, at any letter."""
    return "\n ".join([line[:width], *(line[at : at + width - 1] for at in range(width, len(line), width - 1))])


@given(st.dictionaries(IDS, st.booleans(), min_size=1, max_size=6), st.integers(8, 30))
def test_an_ldif_is_read_as_it_was_written_folded_and_in_base64(people: dict[str, bool], width: int) -> None:
    blocks = []
    for at, (name, plain) in enumerate(people.items()):
        mail = f"p{at}@example.test"
        coded = base64.b64encode(mail.encode()).decode()
        uid = f"uid:: {base64.b64encode(name.encode()).decode()}"
        blocks.append(
            "\n".join(folded(each, width) for each in ("dn: x", uid, f"mail: {mail}" if plain else f"mail:: {coded}"))
        )
    found = read("\n\n".join(blocks).encode(), DirectoryFile("x.ldif"))
    assert [(each.id, each.email) for each in found] == [
        (name, f"p{at}@example.test") for at, name in enumerate(people)
    ]


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_people_or_a_refusal(data: bytes, is_ldif: bool) -> None:
    found: list[Entry] = []
    told = ""
    try:
        found = read((b"dn: x\n" if is_ldif else b"uid,mail\n") + data, DirectoryFile("x"))
    except Refused as refusal:
        told = str(refusal)
    assert bool(found) != bool(told)
    assert told.startswith("x") or all(each.id for each in found)
