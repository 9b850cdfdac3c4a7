"""A toy sink with the settings that a real one would have."""

from pydantic import BaseModel, Field

from vedette.model.secret import Secret
from vedette.model.settings import SinkSettings
from vedette.ports.roles import Integration, Sink


class Config(BaseModel):
    """What the toy asks for."""

    url: str = Field(description="Address of the site.")
    key: Secret | None = Field(None, description="Key of the account.")


def toy(settings: SinkSettings) -> Sink:
    """Never called: settings are read, not used, here."""
    raise NotImplementedError(settings.name)


INTEGRATION = Integration(config=Config, sink=toy)
