"""The pages a person sees: the list of tasks and each task, without scripts under a strict policy."""

from collections.abc import Iterable
from html import escape
from xml.etree import ElementTree as ET

from vedette.sandbox.asana.answers import Call
from vedette.sandbox.asana.shapes import Shapes, instant
from vedette.sandbox.asana.state import Task
from vedette.sandbox.stage.answers import Answer

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
HEADERS = {
    "content-type": "text/html;charset=UTF-8",
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
STYLE = """
:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}
body{margin:0 auto;max-width:70rem;padding:1rem}
header{border-bottom:1px solid #8886;margin-bottom:1rem;padding-bottom:.5rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.4rem .6rem;border-bottom:1px solid #8884;vertical-align:top}
td:nth-child(2){overflow-wrap:anywhere}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#8882;padding:.6rem}
article{white-space:pre-wrap}
.done{text-decoration:line-through}
"""
_SHOWN = frozenset({"strong", "em", "u", "s", "code", "ol", "ul", "li", "blockquote", "pre", "h1", "h2", "hr"})


def board(shapes: Shapes, call: Call) -> Answer:
    """The list, newest first, of one project or all."""
    chosen = call.query.get("project", "")
    newest = [each for each in reversed(shapes.state.tasks.values()) if not chosen or chosen in dict(each.places)]
    names = [("", "All projects"), *((each.gid, each.name) for each in shapes.state.config.projects)]
    ways = " · ".join(f'<a href="/?project={escape(gid)}">{escape(name)}</a>' for gid, name in names)
    rows = "".join(_row(shapes, task) for task in newest) or '<tr><td colspan="5">No task has been cut yet.</td></tr>'
    head = "<tr><th>Task</th><th>Project</th><th>Section</th><th>Fields</th><th>Assignee</th></tr>"
    return _page("Tasks", f"<nav>{ways}</nav><table>{head}{rows}</table>", refresh=True)


def card(shapes: Shapes, call: Call) -> Answer:
    """One task, with its notes and comments."""
    number = call.parts["task"]
    task = shapes.state.tasks.get(int(number)) if number.isdecimal() else None
    if task is None:
        return _page("No such task", "<p>This task is not there.</p>", status=404)
    fields = "".join(_fact(name, value) for name, value in _facts(shapes, task))
    remarks = "".join(
        f"<h3>{escape(instant(each.created))}</h3><article>{_safe(each.html_text)}</article>"
        for each in shapes.state.stories[task.id]
        if each.comment
    )
    return _page(task.name, f"<table>{fields}</table><article>{_safe(task.html_notes)}</article>{remarks}")


def _facts(shapes: Shapes, task: Task) -> Iterable[tuple[str, str]]:
    shape = shapes.task(task)
    for place in shape["memberships"]:
        yield place["project"]["name"], place["section"]["name"]
    for field in shape["custom_fields"]:
        if field["display_value"]:
            yield field["name"], field["display_value"]
    yield "Due", task.due_on or ""
    yield "Tags", ", ".join(each["name"] for each in shape["tags"])
    yield "Completed", "yes" if shape["completed"] else "no"


def _fact(name: str, value: str) -> str:
    return f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>"


def _row(shapes: Shapes, task: Task) -> str:
    shape = shapes.task(task)
    places = shape["memberships"]
    fields = ", ".join(
        f"{each['name']}: {each['display_value']}" for each in shape["custom_fields"] if each["display_value"]
    )
    href = shapes.permalink(task).removeprefix(shapes.url)
    done = ' class="done"' if shape["completed"] else ""
    cells = (
        ", ".join(each["project"]["name"] for each in places),
        ", ".join(each["section"]["name"] for each in places),
        fields,
        (shape["assignee"] or {}).get("name", "Unassigned"),
    )
    rest = "".join(f"<td>{escape(each)}</td>" for each in cells)
    return f'<tr><td{done}><a href="{escape(href)}">{escape(task.name)}</a></td>{rest}</tr>'


def _safe(text: str) -> str:
    """Rich text for a browser: the harmless tags, links to the web, and words."""
    return _inner(ET.fromstring(text))  # noqa: S314 - `richtext.fault` let it in


def _inner(node: ET.Element) -> str:
    return escape(node.text or "") + "".join(_outer(child) + escape(child.tail or "") for child in node)


def _outer(node: ET.Element) -> str:
    href = node.get("href", "")
    if node.tag == "a" and href.startswith(("http://", "https://")):
        return f'<a href="{escape(href)}">{_inner(node)}</a>'
    return f"<{node.tag}>{_inner(node)}</{node.tag}>" if node.tag in _SHOWN else _inner(node)


def _page(title: str, body: str, *, status: int = 200, refresh: bool = False) -> Answer:
    again = '<meta http-equiv="refresh" content="5">' if refresh else ""
    text = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{again}'
        f"<title>{escape(title)} · Practice Asana</title><style>{STYLE}</style></head><body>"
        '<header><a href="/">Practice Asana</a> a stand-in on this machine; nothing here is real</header>'
        f"<main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    return Answer(status=status, body=text.encode(), headers=HEADERS)
