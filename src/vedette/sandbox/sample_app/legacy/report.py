"""Report: the nightly report of the old shop."""


def headline(rows: list[str]) -> str:
    """The first row of the report."""
    return rows[0]
