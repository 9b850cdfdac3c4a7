"""Acting: what an operator does on a page: retry, drop, resume, sign in and out; each leaves a line in the journal.

Law: a form acts on what its page showed, never on what came since, and only with the form token of its own session.
"""

import asyncio
import hmac
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, quote

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response

from vedette.flows.context import Context, log
from vedette.model.journal import EntryKind, NewEntry
from vedette.store import journal, limits, queue
from vedette.store.database import Tx
from vedette.web.auth import new_session, use_link
from vedette.web.gate import cookie_line
from vedette.web.showing import page

_FORM_LIMIT = 64 * 1024  # bytes
_FORM_WITHIN = 30.0  # seconds
Form = Mapping[str, str]


class Acting:
    """The handlers of forms."""

    def __init__(self, context: Callable[[], Context]) -> None:
        self._context = context

    async def retry(self, request: Request) -> Response:
        """Bring dead letters back: one by its number, or a group up to the last that was shown."""
        return await self._letters(request, verb="retried")

    async def drop(self, request: Request) -> Response:
        """Let go of dead letters, likewise."""
        return await self._letters(request, verb="dropped")

    async def resume(self, request: Request) -> Response:
        """Resume a destination."""
        await signed_form(request)
        name = request.path_params["name"]
        found = await asyncio.to_thread(_resume, self._context(), name)
        if not found:
            raise HTTPException(404, f"There is no destination {name}.")
        log.info("resumed", destination=name)
        return RedirectResponse("/", 303)

    async def sign_in(self, request: Request) -> Response:
        """Use a login link up and start a session."""
        context, form = self._context(), await _form(request)
        secret = context.settings.web.login_secret
        if secret is None:
            return RedirectResponse("/", 303)
        token = form.get("token", "")
        good = await asyncio.to_thread(context.store.write, lambda tx: use_link(tx, token, secret, now=context.clock()))
        if not good:
            log.info("login_refused")
            return page(request, "login.html", status=403, token="", state="spent")
        _, value = new_session(secret)
        return _with_cookie(RedirectResponse("/", 303), value, context)

    async def sign_out(self, request: Request) -> Response:
        """End the session in this browser."""
        await signed_form(request)
        return _with_cookie(RedirectResponse("/", 303), "", self._context())

    async def _letters(self, request: Request, *, verb: str) -> Response:
        form = await signed_form(request)
        count = await asyncio.to_thread(_change, self._context(), form, verb)
        log.info(f"letters_{verb}", count=count)
        return RedirectResponse(f"/dead?done={quote(f'{count} {verb}')}", 303)


def _change(context: Context, form: Form, verb: str) -> int:
    def work(tx: Tx) -> int:
        now, ids = context.clock(), _chosen(tx, form)
        done = queue.retry_dead(tx, ids, now=now) if verb == "retried" else queue.drop(tx, ids, now=now)
        if done:
            words = f"{done} dead letter{'s' if done > 1 else ''} {'were' if done > 1 else 'was'} {verb} on the pages"
            details = {"jobs": ids[:1000]}
            journal.write(tx, NewEntry(EntryKind.OPERATOR, verb, words, details=details), now=now)
        return done

    return context.store.write(work)


def _chosen(tx: Tx, form: Form) -> list[int]:
    """The dead letters that a form means; those of a group that died after its page was shown are left alone."""
    groups = queue.dead_groups(tx)
    if number := number_in(form.get("id", "")):
        return [number] if any(number in group.ids for group in groups) else []
    cause, last = (form.get("reason"), form.get("destination"), form.get("pattern")), number_in(form.get("last", ""))
    for group in groups:
        if (group.reason, group.destination, group.detail_pattern) == cause:
            return [number for number in group.ids if number <= last]
    return []


def _resume(context: Context, name: str) -> bool:
    def work(tx: Tx) -> bool:
        if name not in {state.name for state in limits.states(tx)}:
            return False
        limits.resume(tx, name, now=context.clock())
        entry = NewEntry(EntryKind.OPERATOR, "resumed", f"{name} was resumed on the pages")
        journal.write(tx, entry, now=context.clock())
        return True

    return context.store.write(work)


def number_in(text: str) -> int:
    """The row's number in a form's field; 0 where it holds none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


async def signed_form(request: Request) -> Form:
    """The form's fields; raises 403 where it is not of this session."""
    form, session = await _form(request), request.state.session
    if session is None or not hmac.compare_digest(form.get("form_token", "").encode(), session.form_token.encode()):
        raise HTTPException(
            403, "This form is not of this session any more. Go back, load the page anew and try again."
        )
    return form


async def _form(request: Request) -> Form:
    parts, size = [], 0
    try:
        async with asyncio.timeout(_FORM_WITHIN):
            async for part in request.stream():
                size += len(part)
                if size > _FORM_LIMIT:
                    raise HTTPException(413, "The form is too large.")
                parts.append(part)
    except (ClientDisconnect, TimeoutError):
        raise HTTPException(400, "The form did not come to its end.") from None
    text = b"".join(parts).decode("utf-8", "replace")
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=100))
    except ValueError:
        raise HTTPException(400, "The form has too many fields.") from None


def _with_cookie(answer: Response, value: str, context: Context) -> Response:
    secure = context.settings.tickets.base_url.startswith("https://")
    answer.headers["set-cookie"] = cookie_line(value, secure=secure)
    return answer
