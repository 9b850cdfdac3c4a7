"""The registry imports only the kinds in use, and says what is known where a kind is not."""

import subprocess
import sys

import pytest

from tests.config.reading import TOYS
from vedette.config.registry import Registry, UnknownKind


def test_a_kind_is_a_module_of_that_name() -> None:
    assert TOYS.find("jira").tracker is not None
    assert TOYS.kinds() == ("asana", "hollow", "jira", "meter", "mute", "needy")


@pytest.mark.parametrize(
    ("kind", "message", "cure"),
    [
        ("jirra", "unknown kind jirra", "did you mean jira?"),
        ("x", "unknown kind x", "known: asana, hollow, jira, meter, mute, needy"),
        ("../jira", "unknown kind ../jira", "did you mean jira?"),
        ("hollow", "kind hollow exports no INTEGRATION", "mend the integration, or choose another kind"),
        ("needy", "kind needy needs the package a_library_that_nobody_has", "install a_library_that_nobody_has"),
    ],
)
def test_a_kind_that_cannot_be_used_says_why(kind: str, message: str, cure: str) -> None:
    with pytest.raises(UnknownKind) as caught:
        TOYS.find(kind)
    assert (str(caught.value), caught.value.cure) == (message, cure)


def test_a_package_that_is_not_there_has_no_kinds() -> None:
    assert Registry("tests.config.no_such_package").kinds() == ()


def test_only_the_kind_that_is_asked_for_is_imported() -> None:
    code = (
        "import sys; from vedette.config.registry import Registry; toys = Registry('tests.config.toys'); "
        "toys.kinds(); before = 'tests.config.toys.jira' in sys.modules; toys.find('jira'); "
        "print(before, 'tests.config.toys.jira' in sys.modules, 'tests.config.toys.mute' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True", "False"]
