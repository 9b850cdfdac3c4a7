"""Partners: stock that other shops report."""

import json


def parse_stock(body: str) -> dict[str, int]:
    """Stock by article."""
    return {str(row["sku"]): int(row["pieces"]) for row in json.loads(body)["stock"]}


def import_stock(body: str) -> int:
    """Pieces in a partner's report."""
    return sum(parse_stock(body).values())
