"""Calling: what vendors that are given an address by their user have in common."""

from urllib.parse import urlsplit

from vedette.model.secret import Secret


def web_address(url: str) -> str:
    """The address without a slash at its end; ValueError where it is none, or holds credentials or a query."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("expected a web address such as https://host")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("expected an address without credentials, query or fragment")
    return url.rstrip("/")


def secret_address(url: Secret) -> Secret:
    """The secret itself, once it is known to be a web address; the message repeats nothing of it."""
    for value in url.values:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url.reference or 'the secret'} holds no web address such as https://host/path")
    return url


def split(url: str) -> tuple[str, str]:
    """Scheme and host, and the path with its query."""
    parts = urlsplit(url)
    path = parts.path or "/"
    return f"{parts.scheme}://{parts.netloc}", f"{path}?{parts.query}" if parts.query else path


def hidden(text: str, *secrets: Secret | None) -> str:
    """A vendor's words on one line, without the secrets that it may repeat."""
    text = " ".join(text.split())
    for secret in secrets:
        for value in secret.values if secret else ():
            text = text.replace(value, "…") if value else text
    return text
