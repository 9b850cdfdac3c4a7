"""Handlers of the tasks themselves: create, read, list, edit, delete, comments, places."""

import base64
import time
from collections.abc import Iterable
from datetime import datetime

from vedette.sandbox.asana import richtext
from vedette.sandbox.asana.answers import Call, Refusal, json_answer
from vedette.sandbox.asana.settings import Project
from vedette.sandbox.asana.shapes import COMPACT, Json, Shapes, chosen
from vedette.sandbox.asana.state import State, Task
from vedette.sandbox.asana.values import read_create, read_edit
from vedette.sandbox.stage.answers import Answer

PAGE, PAGE_MOST = 20, 100
EXTERNAL = "external:"
MOST_PROJECTS = 20


def found(shapes: Shapes, gid: str) -> Task:
    """The task of a gid or an external gid; 404 where there is none, 403 where it lies out of sight."""
    state = shapes.state
    if gid.startswith(EXTERNAL):
        # Only an app sees external data, and only its own.
        tasks = state.tasks.values() if state.config.oauth else ()
        task = next((each for each in tasks if each.external.get("gid") == gid.removeprefix(EXTERNAL)), None)
    else:
        task = state.tasks.get(int(gid)) if gid.isdecimal() else None
    if task is None:
        raise Refusal(404, f"task: Unknown object: {gid}")
    if task.places and not any(state.projects[project].visible for project, _ in task.places):
        raise Refusal(403, "Forbidden")
    return task


def project_of(state: State, gid: str) -> Project:
    """The project of a gid; 404 and 403 as for a task."""
    project = state.projects.get(gid)
    if project is None:
        raise Refusal(404, f"project: Unknown object: {gid}")
    if not project.visible:
        raise Refusal(403, "Forbidden")
    return project


def page(call: Call, listed: Iterable[Json], *, url: str) -> Answer:
    """One page; Asana's offset is a token that means something to it alone, and is given only where more follows."""
    every, size = list(listed), call.whole("limit", 0)
    if not 0 <= size <= PAGE_MOST:
        raise Refusal(400, f"limit: Must be between 1 and {PAGE_MOST}")
    start, size = _start(call.query.get("offset", "")), size or PAGE_MOST
    wanted = call.wanted()
    data = [chosen(each, COMPACT if wanted is None else wanted) for each in every[start : start + size]]
    following = None
    if start + size < len(every):
        token = base64.urlsafe_b64encode(f"after {start + size}".encode()).decode()
        path = f"{call.path.removeprefix('/api/1.0')}?limit={size}&offset={token}"
        following = {"offset": token, "path": path, "uri": f"{url}/api/1.0{path}"}
    return json_answer({"data": data, "next_page": following})


def _start(token: str) -> int:
    if not token:
        return 0
    try:
        word, _, number = base64.urlsafe_b64decode(token).decode().partition(" ")
    except ValueError:
        word, number = "", ""
    if word != "after" or not number.isdecimal():
        raise Refusal(400, "offset: Your pagination token is invalid.")
    return int(number)


def one(call: Call, shape: Json, *, status: int = 200) -> Answer:
    """One resource, cut to what was asked for."""
    return json_answer({"data": chosen(shape, call.wanted())}, status=status)


def create(shapes: Shapes, call: Call) -> Answer:
    """Create a task."""
    task = shapes.state.create(**read_create(shapes.state, call.data()))
    return one(call, shapes.task(task), status=201)


def read(shapes: Shapes, call: Call) -> Answer:
    """Read a task."""
    return one(call, shapes.task(found(shapes, call.parts["task"])))


def edit(shapes: Shapes, call: Call) -> Answer:
    """Change a task; places, tags and projects have calls of their own."""
    task = found(shapes, call.parts["task"])
    values = read_edit(shapes.state, task, call.data())
    return one(call, shapes.task(shapes.state.change(task, **values)))


def delete(shapes: Shapes, call: Call) -> Answer:
    """Delete a task."""
    shapes.state.delete(found(shapes, call.parts["task"]))
    return json_answer({"data": {}})


def _moment(text: str, name: str) -> float:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(400, f"{name}: Not a valid date time: {text}") from None
    if at.tzinfo is None:
        raise Refusal(400, f"{name}: Not a valid date time, its offset is missing: {text}")
    return at.timestamp()


def listing(shapes: Shapes, call: Call) -> Answer:
    """The tasks of one project or section, as they are this very moment."""
    state, asked = shapes.state, call.query
    if ("project" in asked) == ("section" in asked):
        raise Refusal(400, "You should specify one of project, tag, section, user_task_list, or assignee + workspace")
    if "project" in asked:
        gid = project_of(state, asked["project"]).gid
        tasks = [each for each in state.tasks.values() if any(project == gid for project, _ in each.places)]
    else:
        tasks = [
            each for each in state.tasks.values() if any(section == asked["section"] for _, section in each.places)
        ]
    if "modified_since" in asked:
        since = _moment(asked["modified_since"], "modified_since")
        tasks = [each for each in tasks if each.modified >= since]
    if "completed_since" in asked:
        after = (
            time.time() if asked["completed_since"] == "now" else _moment(asked["completed_since"], "completed_since")
        )
        tasks = [each for each in tasks if each.completed_at is None or each.completed_at >= after]
    return page(call, map(shapes.task, tasks), url=shapes.url)


def search(shapes: Shapes, call: Call) -> Answer:
    """The workspace's search: 402 without a paid plan, and behind by a while with one."""
    state = shapes.state
    if not state.config.premium:
        raise Refusal(402, "Search is only available to premium users.")
    known = time.time() - state.config.search_lag * state.config.time_scale
    text = call.query.get("text", "").casefold()
    tasks = [each for each in state.tasks.values() if each.modified < known and text in each.name.casefold()]
    return page(call, map(shapes.task, tasks), url=shapes.url)


def stories(shapes: Shapes, call: Call) -> Answer:
    """Comments and Asana's own lines, oldest first."""
    task = found(shapes, call.parts["task"])
    return page(call, map(shapes.story, shapes.state.stories[task.id]), url=shapes.url)


def comment(shapes: Shapes, call: Call) -> Answer:
    """Add a comment."""
    task, data = found(shapes, call.parts["task"]), call.data()
    if set(data) - {"text", "html_text", "is_pinned"} or ("text" in data) == ("html_text" in data):
        raise Refusal(400, "You should specify one of text, html_text")
    html_text = data.get("html_text", richtext.rich(str(data.get("text"))))
    wrong = richtext.fault(html_text, allowed=richtext.COMMENT)
    if wrong:
        raise Refusal(400, f"html_text: {wrong}")
    return one(call, shapes.story(shapes.state.comment(task, html_text)), status=201)


def add_to_section(shapes: Shapes, call: Call) -> Answer:
    """Put a task into a section, and so into its project; it leaves no other project."""
    state, data = shapes.state, call.data()
    if call.parts["section"] not in state.sections:
        raise Refusal(404, f"section: Unknown object: {call.parts['section']}")
    section, project = state.sections[call.parts["section"]]
    task = found(shapes, str(data.get("task", "")))
    state.place(task, project_of(state, project.gid).gid, section.gid)
    return json_answer({"data": {}})


def add_project(shapes: Shapes, call: Call) -> Answer:
    """Let a task stand in one more project; in one where it stands already it only changes its section."""
    state, data = shapes.state, call.data()
    if set(data) - {"project", "section", "insert_before", "insert_after"}:
        raise Refusal(400, "addProject: Unknown or read-only field")
    task, gid = found(shapes, call.parts["task"]), str(data.get("project", ""))
    if gid not in state.projects:
        raise Refusal(400, f"project: Not a recognized ID: {gid}")
    project, present = project_of(state, gid), dict(task.places)
    section = data.get("section") or present.get(gid) or project.sections[0].gid
    if section not in {each.gid for each in project.sections}:
        raise Refusal(400, f"section: Not a recognized ID: {section}")
    if gid not in present and len(present) >= MOST_PROJECTS:
        raise Refusal(400, f"A task can be in at most {MOST_PROJECTS} projects.")
    state.add_place(task, gid, section)
    return json_answer({"data": {}})


def add_tag(shapes: Shapes, call: Call) -> Answer:
    """Put a tag on a task; twice is once."""
    state, data = shapes.state, call.data()
    task, tag = found(shapes, call.parts["task"]), str(data.get("tag"))
    if tag not in state.tags:
        raise Refusal(400, f"tag: Not a recognized ID: {tag}")
    state.change(task, tags=tuple(dict.fromkeys((*task.tags, tag))))
    return json_answer({"data": {}})
