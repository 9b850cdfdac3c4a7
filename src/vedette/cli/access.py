"""`vedette access`: who should have access to what, and what to do where it is otherwise; one file per command."""

from cyclopts import App

access = App(name="access", help="Access as code: accounts, requests, reports.")
access.command(
    "vedette.cli.access_doctor:doctor", name="doctor", help="Say what is wrong with people's accounts, and the cure."
)
access.command(
    "vedette.cli.access_requests:requests", name="requests", help="Show who asks for access; approve or deny."
)
access.command(
    "vedette.cli.access_reports:report", name="report", help="Print who has access, unowned projects, talkers and more."
)
