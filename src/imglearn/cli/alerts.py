"""`imglearn alerts`: what got worse, now or over the history; and telling others of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from imglearn import settings
from imglearn.cli import EXIT_NONE, leave
from imglearn.cli.options import tell
from imglearn.cli.questions import examples
from imglearn.cli.reading import Answer, answers, as_json
from imglearn.reporting import advice as tables
from imglearn.text import safe_line

if TYPE_CHECKING:
    from imglearn.notifying import Teller

_EVERY_S = 2.0


@click.command(
    epilog=examples(
        "imglearn alerts",
        "imglearn alerts --all",
        "imglearn alerts --quiet && echo all well",
        "imglearn alerts --follow --run 'notify-send \"$IMGLEARN_ALERT\"'",
    )
)
@click.option("--all", "replay", is_flag=True, help="Over the whole history, not only what is worse now.")
@click.option("--follow", is_flag=True, help="Go on, and print each as it is raised.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing: the exit code says it.")
@click.option(
    "--run",
    "commands",
    multiple=True,
    metavar="COMMAND",
    help="Run a shell command with what is worse in $IMGLEARN_ALERT, and as JSON on its input.",
)
@click.option(
    "--notify", "urls", multiple=True, metavar="URL", help="Send it with apprise: mailto://..., slack://..., ntfy://..."
)
@answers
def command(
    answer: Answer, replay: bool, follow: bool, quiet: bool, commands: Sequence[str], urls: Sequence[str]
) -> None:
    """Show what got worse: models whose scores or pass rates fell, and errors that pile up.

    Ends with 0 where there is no new alert, and with 4 where there is one. Without any change, false alarms of a model
    are 250 first attempts apart on average, at least. An alert is new until 30 more have told what is usual since; what
    changed for good stands in: imglearn changes

    With --run or --notify others are told what is worse now: each alert once, at most a message a minute. Logging never
    waits for them.
    """
    with answer.log() as log:
        teller = _teller(commands, urls, log.path)
        now = log.check_alerts()
        found = log.replay_alerts() if replay else now
    if not quiet:
        nothing = "nothing got worse" if replay else "no new alert; what changed for good: imglearn changes"
        answer.show(found, tables.alerts, empty=lambda: nothing)
    if teller is not None:
        teller.send(now)
    if follow:
        with suppress(KeyboardInterrupt):
            _follow(answer, {alert["id"] for alert in now}, teller)
        return
    if found and not replay:
        leave(EXIT_NONE)


def _teller(commands: Sequence[str], urls: Sequence[str], database: Path) -> Teller | None:
    if not commands and not urls:
        return None
    from imglearn.notifying import Teller, by_apprise, by_command

    senders = [*map(by_command, commands), *([by_apprise(urls)] if urls else [])]
    return Teller(senders, settings.resolve().state_folder.value, database, tell)


def _follow(answer: Answer, seen: set[str], teller: Teller | None) -> None:
    """Print each alert as it is raised, and tell others, until interrupted, or the log is gone."""
    tell("following; Ctrl+C ends it")
    while True:
        time.sleep(_EVERY_S)
        with answer.log() as log:  # anew, since another file may be in its place
            now: list[dict[str, Any]] = log.check_alerts()
        for alert in now:
            if alert["id"] not in seen:
                seen.add(alert["id"])
                line = as_json(alert) if answer.as_json else f"{alert['timestamp']}  {safe_line(alert['message'])}"
                click.echo(line)
        if teller is not None:
            teller.send(now)
