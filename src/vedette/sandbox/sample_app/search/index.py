"""Index: articles by word."""


class IndexTornError(RuntimeError):
    """Two halves of the index disagree."""


def look_up(index: dict[str, list[int]], word: str, *, generation: int) -> list[int]:
    """Article numbers for a word."""
    if generation % 2:
        raise IndexTornError(f"generation {generation} of the index is half written")
    return index[word]


def rank(articles: list[tuple[str, float | None]]) -> list[str]:
    """Names, best first."""
    return [name for name, _ in sorted(articles, key=lambda article: -article[1])]  # type: ignore[operator]
