"""Asker: one call about errors of some projects, environments said in the way that the server takes; calls only."""

from dataclasses import dataclass
from typing import Any

from vedette.errors import Refused
from vedette.integrations.sentry import wording
from vedette.integrations.sentry.dialects import Addresses
from vedette.integrations.sentry.directory import Directory
from vedette.integrations.sentry.lists import Params
from vedette.integrations.sentry.patience import Reader
from vedette.integrations.sentry.talker import NoSuchAddress
from vedette.model.metrics import Question, Window


@dataclass(slots=True)
class Asker:
    """Asks one server for numbers."""

    reader: Reader
    addresses: Addresses
    directory: Directory

    @property
    def name(self) -> str:
        """The server, as messages call it."""
        return self.reader.talker.name

    def ask(
        self, what: str, question: Question, window: Window, *, projects: list[str], more: Params
    ) -> tuple[Any, str]:
        """The answer and its Link header.

        Environments of which the server does not know every one are refused with 404, and then said in the query: a
        filter may name one that no error has come from yet.
        """
        spelled = question.environments in self.directory.spelled
        params = wording.asked(question, window, projects=projects, spelled=spelled) | more
        try:
            return self.reader.read(f"{self.addresses.home}{what}/", params)
        except NoSuchAddress:
            raise
        except Refused as refused:
            if refused.status != 404 or spelled or not question.environments:
                raise
            self.directory.spelled.add(question.environments)
            return self.ask(what, question, window, projects=projects, more=more)
