"""`vedette login-link`: a way in to the pages, for whoever may read the settings."""

from typing import Annotated

from cyclopts import Parameter

from vedette.cli.options import DEFAULT_CONFIG, ConfigFile, read_settings
from vedette.errors import VedetteError
from vedette.model.settings import Settings
from vedette.web.auth import LINK_FOR, login_token, metrics_token


def login_link(
    *, config: ConfigFile = DEFAULT_CONFIG, metrics: Annotated[bool, Parameter(negative=())] = False
) -> None:
    """Print a link that signs one browser in: once, within 15 minutes, for 12 hours.

    Parameters
    ----------
    metrics
        Print the bearer token with which Prometheus may read /metrics from another machine instead.
    """
    settings = read_settings(config)
    secret = settings.web.login_secret
    if secret is None:
        raise VedetteError(
            "the pages have no login: set web.login_secret (for instance env/VEDETTE_LOGIN_SECRET, made with "
            "`openssl rand -hex 32`) and reload"
        )
    if metrics:
        print(metrics_token(secret))
        return
    print(f"{_base(settings)}/login?token={login_token(secret)}")
    print(f"It works once, within {LINK_FOR.seconds // 60} minutes.")


def _base(settings: Settings) -> str:
    pages = settings.web.pages
    host = "localhost" if pages.host in {"0.0.0.0", "::"} else pages.host  # noqa: S104 - asked, not listened on
    host = f"[{host}]" if ":" in host else host
    return settings.tickets.base_url.rstrip("/") or f"http://{host}:{pages.port}"
