"""A second toy tracker, with other settings."""

from pydantic import BaseModel, Field

from tests.config.toys.jira import toy
from vedette.model.secret import Secret
from vedette.ports.roles import Integration


class Config(BaseModel):
    """What the toy asks for."""

    workspace: str = Field(description="Number of the workspace.")
    token: Secret = Field(description="Personal token.")


INTEGRATION = Integration(config=Config, tracker=toy, placing=True)
