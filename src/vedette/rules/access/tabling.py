"""Tabling: a report as CSV, Markdown or plain JSON values.

Law: names come from outside; none of them becomes a formula in a spreadsheet or a mark in a table.
"""

import csv
from collections.abc import Mapping, Sequence
from io import StringIO

from vedette.rules.access.reports import Cell, Report

# What spreadsheets take for the beginning of a formula (https://owasp.org/www-community/attacks/CSV_Injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MARKS = str.maketrans({mark: f"\\{mark}" for mark in "\\|`*_<>[]#"})


def as_csv(report: Report) -> str:
    """With a line of heads."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")  # RFC 4180; with another one "\r" in a cell is not quoted
    writer.writerow(report.columns)
    writer.writerows([_tame(cell) for cell in row] for row in report.rows)
    return text.getvalue()


def as_markdown(report: Report) -> str:
    """A table as GitHub draws it."""
    lines = [_line(report.columns), _line(["---"] * len(report.columns))]
    lines += [_line([_marked(cell) for cell in row]) for row in report.rows]
    return "\n".join(lines) + "\n"


def as_data(report: Report) -> Sequence[Mapping[str, Cell]]:
    """One object for each row."""
    return [dict(zip(report.columns, row, strict=True)) for row in report.rows]


def _tame(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _marked(cell: Cell) -> str:
    return "" if cell is None else " ".join(str(cell).translate(_MARKS).split())


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
