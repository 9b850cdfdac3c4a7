"""Ticket bodies as HTML: Atlassian documents and wiki text, every word escaped, only http links kept."""

import html
import re
from collections.abc import Callable
from typing import Any

_WRAPPED = {
    "paragraph": "p",
    "bulletList": "ul",
    "orderedList": "ol",
    "listItem": "li",
    "blockquote": "blockquote",
    "table": "table",
    "tableRow": "tr",
    "tableCell": "td",
    "tableHeader": "th",
}
_MARKS = {"strong": "strong", "em": "em", "code": "code", "strike": "s", "underline": "u", "subsup": "sub"}
_WEB = re.compile(r"https?://", re.IGNORECASE)

_CODE_BLOCK = re.compile(r"\{(code|noformat)(?::[^}]*)?\}\n?(.*?)\{\1\}", re.DOTALL)
_LINK = re.compile(r"\[(?:([^\]|\n]+)\|)?(https?://[^\]\s|]+)(?:\|[^\]\n]*)?\]|(?<![\w\"])(https?://[^\s\]|<>\"]+)")
_INLINE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\{\{(.+?)\}\}"), r"<code>\1</code>"),
    (re.compile(r"(?<![\w\\])\*(?=\S)([^*\n]+?)(?<=\S)\*(?!\w)"), r"<strong>\1</strong>"),
    (re.compile(r"(?<![\w\\])_(?=\S)([^_\n]+?)(?<=\S)_(?!\w)"), r"<em>\1</em>"),
    (re.compile(r"\\([\\*_\-+^~{}\[\]|!?#])"), r"\1"),
)
_HEADING = re.compile(r"h([1-6])\.\s+(.*)")
_ITEM = re.compile(r"([*#-])\s+(.*)")


def body_html(body: Any) -> str:
    """Render a stored description or comment, whichever face wrote it."""
    if isinstance(body, dict):
        return node_html(body)
    return wiki_html(body) if isinstance(body, str) else ""


def link_html(target: str, text: str) -> str:
    """An escaped link; what does not lead to the web is only its text."""
    if not _WEB.match(target):
        return html.escape(text)
    return f'<a href="{html.escape(target)}" rel="noreferrer">{html.escape(text)}</a>'


def _content(node: dict[str, Any]) -> str:
    return "".join(node_html(child) for child in node.get("content") or ())


def node_html(node: dict[str, Any]) -> str:
    """Render one node of an Atlassian document and all beneath it."""
    kind, attributes = node.get("type", ""), node.get("attrs") or {}
    if tag := _WRAPPED.get(kind):
        return f"<{tag}>{_content(node)}</{tag}>"
    if special := _SPECIAL.get(kind):
        return special(node, attributes)
    return _content(node)


def _text(node: dict[str, Any], _: dict[str, Any]) -> str:
    words = html.escape(node.get("text", ""))
    for mark in node.get("marks") or ():
        if mark["type"] == "link" and _WEB.match(mark["attrs"]["href"]):
            words = f'<a href="{html.escape(mark["attrs"]["href"])}" rel="noreferrer">{words}</a>'
        elif tag := _MARKS.get(mark["type"]):
            words = f"<{tag}>{words}</{tag}>"
    return words


def _heading(node: dict[str, Any], attributes: dict[str, Any]) -> str:
    level = min(int(attributes["level"]) + 1, 6)
    return f"<h{level}>{_content(node)}</h{level}>"


def _panel(node: dict[str, Any], attributes: dict[str, Any]) -> str:
    return f'<div class="panel {html.escape(attributes["panelType"])}">{_content(node)}</div>'


def _expand(node: dict[str, Any], attributes: dict[str, Any]) -> str:
    title = html.escape(attributes.get("title") or "More")
    return f"<details><summary>{title}</summary>{_content(node)}</details>"


def _card(_: dict[str, Any], attributes: dict[str, Any]) -> str:
    target = str(attributes.get("url", ""))
    return link_html(target, target)


def _label(_: dict[str, Any], attributes: dict[str, Any]) -> str:
    text = attributes.get("text") or attributes.get("shortName") or attributes.get("timestamp") or ""
    return f'<span class="lozenge">{html.escape(str(text))}</span>'


_SPECIAL: dict[str, Callable[[dict[str, Any], dict[str, Any]], str]] = {
    "text": _text,
    "heading": _heading,
    "codeBlock": lambda node, _: f"<pre><code>{_content(node)}</code></pre>",
    "panel": _panel,
    "expand": _expand,
    "inlineCard": _card,
    "blockCard": _card,
    "mention": _label,
    "emoji": _label,
    "status": _label,
    "date": _label,
    "rule": lambda _node, _: "<hr>",
    "hardBreak": lambda _node, _: "<br>",
}


def wiki_html(text: str) -> str:
    """Render the small part of Jira's wiki text that tickets use: headings, lists, code, links, bold, italics."""
    out, at = [], 0
    for block in _CODE_BLOCK.finditer(text):
        out += [_lines(text[at : block.start()]), f"<pre><code>{html.escape(block[2])}</code></pre>"]
        at = block.end()
    return "".join([*out, _lines(text[at:])])


def _lines(text: str) -> str:
    out: list[str] = []
    kind = ""
    for line in text.splitlines():
        item = _ITEM.fullmatch(line.strip())
        wanted = ("ol" if item[1] == "#" else "ul") if item else ""
        if wanted != kind:
            out += [f"</{kind}>"] * bool(kind) + [f"<{wanted}>"] * bool(wanted)
            kind = wanted
        out.append(f"<li>{_inline(item[2])}</li>" if item else _line(line.strip()))
    return "".join(out) + (f"</{kind}>" if kind else "")


def _line(line: str) -> str:
    if heading := _HEADING.fullmatch(line):
        level = min(int(heading[1]) + 1, 6)
        return f"<h{level}>{_inline(heading[2])}</h{level}>"
    if line == "----":
        return "<hr>"
    return f"<p>{_inline(line)}</p>" if line else ""


def _inline(text: str) -> str:
    out, at = [], 0
    for found in _LINK.finditer(text):
        target = found[2] or found[3]
        out += [_marked(text[at : found.start()]), link_html(target, found[1] or target)]
        at = found.end()
    return "".join([*out, _marked(text[at:])])


def _marked(text: str) -> str:
    words = html.escape(text)
    for pattern, replacement in _INLINE:
        words = pattern.sub(replacement, words)
    return words
