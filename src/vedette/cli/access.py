"""`vedette access`: who should have access to what, and what to do where it is otherwise; one file per command."""

from cyclopts import App

access = App(name="access", help="Access as code: plan, apply; accounts, requests.")
access.command("vedette.cli.access_plan:plan", name="plan", help="Say what would be changed, and why.")
access.command("vedette.cli.access_apply:apply", name="apply", help="Apply a plan that was reviewed.")
access.command("vedette.cli.access_undo:undo", name="undo", help="Take back what a run did, by its undo file.")
access.command("vedette.cli.access_adopt:adopt", name="adopt", help="Write a live organisation down as it is.")
access.command("vedette.cli.access_runs:runs", name="runs", help="List what was applied, or show one run.")
access.command(
    "vedette.cli.access_doctor:doctor", name="doctor", help="Say what is wrong with people's accounts, and the cure."
)
access.command(
    "vedette.cli.access_requests:requests", name="requests", help="Show who asks for access; approve or deny."
)
access.command(
    "vedette.cli.access_reports:report", name="report", help="Print who has access, unowned projects, talkers and more."
)
