"""A toy tracker with the settings that a real one would have."""

from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field

from vedette.model.secret import Secret
from vedette.model.settings import TrackerSettings
from vedette.ports.roles import Integration, Tracker


class Config(BaseModel):
    """What the toy asks for."""

    url: str = Field(description="Address of the site.")
    email: str = Field("", description="Account of the token.")
    token: Secret = Field(description="Token of the bot.")
    flavour: Literal["cloud", "data_center"] = Field("cloud", description="Which of the two it is.")
    patience: timedelta = Field(timedelta(seconds=5), description="How long it sulks.")
    certificate: Path | None = Field(None, description="Certificate of the site.")


def toy(settings: TrackerSettings) -> Tracker:
    """Never called: settings are read, not used, here."""
    raise NotImplementedError(settings.name)


INTEGRATION = Integration(config=Config, tracker=toy)
