"""`imglearn alerts`: what got worse, now or over the history."""

from __future__ import annotations

import time

import click

from imglearn.cli import EXIT_NONE, leave
from imglearn.cli.options import tell
from imglearn.cli.questions import examples
from imglearn.cli.reading import Answer, answers, as_json
from imglearn.logger import ImageGenerationLogger
from imglearn.reporting import advice as tables
from imglearn.text import safe_line

_EVERY_S = 2.0


@click.command(epilog=examples("imglearn alerts", "imglearn alerts --all", "imglearn alerts --quiet && echo all well"))
@click.option("--all", "replay", is_flag=True, help="Over the whole history, not only what is worse now.")
@click.option("--follow", is_flag=True, help="Go on, and print each as it is raised.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing: the exit code says it.")
@answers
def command(answer: Answer, replay: bool, follow: bool, quiet: bool) -> None:
    """Show what got worse: models whose scores or pass rates fell, and errors that pile up.

    Ends with 0 where nothing is worse, and with 4 where something is. Without any change a false alarm is raised in at
    most one of 400 first attempts of a model; what is worse is current until 30 more have told what is usual since.
    """
    with answer.log() as log:
        found = log.replay_alerts() if replay else log.check_alerts()
        if not quiet:
            answer.show(found, tables.alerts, empty=lambda: "nothing got worse" if replay else "nothing is worse now")
        if follow:
            _follow(log, answer.as_json)
    if found and not replay:
        leave(EXIT_NONE)


def _follow(log: ImageGenerationLogger, json_wanted: bool) -> None:
    """Print each alert as it is raised, until interrupted."""
    seen = {alert["id"] for alert in log.replay_alerts()}
    tell("following; Ctrl+C ends it")
    while True:
        time.sleep(_EVERY_S)
        for alert in log.replay_alerts():
            if alert["id"] not in seen:
                seen.add(alert["id"])
                line = as_json(alert) if json_wanted else f"{alert['timestamp']}  {safe_line(alert['message'])}"
                click.echo(line)
