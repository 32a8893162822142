"""Commands by which people steer a generator: remarks said, edited and done, and those that wait for an attempt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from imglearn.cli import EXIT_NONE, leave
from imglearn.cli.options import Command, db_option, open_existing, open_logger, tell, whole_id
from imglearn.cli.questions import examples
from imglearn.cli.reading import Answer, answers, as_json
from imglearn.logger import ImageGenerationLogger
from imglearn.remarks import BY_PEOPLE, SOURCES
from imglearn.reporting import tables
from imglearn.store import attempts
from imglearn.store import feedback as remarks
from imglearn.text import safe_line

AUTO = "auto"
_ANY_SOURCE = "any"
_WAITING: Sequence[Callable[[Command], Command]] = (
    click.option("--material", metavar="TEXT", help="Those about this material, or about all."),
    click.option("--category", metavar="TEXT", help="Those about this category of attempts, or about all."),
    click.option("--model", metavar="TEXT", help="But for those about attempts of another model."),
    click.option(
        "--source", metavar="TEXT", default=BY_PEOPLE, show_default=True, help="Whose: user, automated, system, any."
    ),
)


def waiting(command: Command) -> Command:
    """Add the flags that say which pending remarks are meant."""
    for option in reversed(_WAITING):
        command = option(command)
    return command


@click.command(
    epilog=examples(
        'imglearn feedback add "Dust should settle in low points." --category physics --material Birch',
        'imglearn feedback add "Less rust." --attempt 5a7e8db1 --author Ann',
        'imglearn feedback add "Dust floats above the board." --category auto',
    )
)
@click.argument("text")
@click.option("--attempt", "attempt_id", metavar="ID", help="The attempt it is about (a unique prefix will do).")
@click.option("--material", metavar="TEXT", help="The material it is about.")
@click.option("--about-category", metavar="TEXT", help="The category of attempts it is about.")
@click.option(
    "--category",
    metavar="TEXT",
    help="What kind it is; see: imglearn feedback guide. auto: what similar texts were said to be.",
)
@click.option("--source", type=click.Choice(list(SOURCES)), default=BY_PEOPLE, show_default=True)
@click.option("--author", metavar="TEXT", help="Who says so.")
@click.option("--supersedes", metavar="ID", help="The remark that this one takes the place of.")
@db_option
def add(
    text: str, db: str | None, attempt_id: str | None, supersedes: str | None, category: str | None, **fields: Any
) -> None:
    """Say something about an attempt, a material, a category, or everything. Prints the remark's id.

    A remark is not an attempt: it counts in no rate. It is never changed; a later one may supersede it. It is pending
    until an attempt is logged with it: see imglearn feedback next.
    """
    with open_logger(db) as logger:
        if attempt_id is not None:
            attempt_id = whole_id(attempt_id, attempts.find_by_prefix(logger.store, attempt_id, limit=3), "--attempt")
        if supersedes is not None:
            supersedes = _whole(logger, supersedes, "--supersedes")
        if category == AUTO or (category is None and supersedes is None):
            category = _offered(logger, text, taken=category == AUTO)
        click.echo(logger.add_feedback(text, attempt_id, category, supersedes=supersedes, **fields))


def _offered(logger: ImageGenerationLogger, text: str, taken: bool) -> str | None:
    """Say which kind a text may be, and why; return it where it is to be taken."""
    found = logger.suggest_feedback_category(text)
    if not found:
        if taken:
            tell("no kind: neither similar texts nor the guide's words tell; see: imglearn feedback guide")
        return None
    best = found[0]
    kind = best["category"]
    if best["basis"] == "guide":
        why = "by the words of the guide; no similar text is here yet"
    else:
        texts = sum(one["count"] for one in found)
        why = f"as {best['count']} of {texts} similar text{'' if texts == 1 else 's'}"
    tell(f"kind: {kind}, {why}" if taken else f"kind: not given; perhaps {kind}, {why} (--category {AUTO} takes it)")
    return str(kind) if taken else None


@click.command(
    epilog=examples(
        'imglearn feedback edit 0b9f6c1e "Dust should settle in low points and corners."',
        'imglearn feedback edit 0b9f6c1e "Coarser grain." --category scale',
    )
)
@click.argument("id")
@click.argument("text")
@click.option("--category", metavar="TEXT", help="What kind it is. Default: what it was.")
@click.option("--author", metavar="TEXT", help="Who says so.")
@db_option
def edit(id: str, text: str, category: str | None, author: str | None, db: str | None) -> None:
    """Say it in other words: a new remark about the same takes the place of remark ID. Prints the new one's id.

    The new one is pending, also where the one before was applied already.
    """
    with open_existing(db) as logger:
        before = _whole(logger, id, "ID")
        click.echo(logger.add_feedback(text, category=category, author=author, supersedes=before))


@click.command(
    epilog=examples(
        "imglearn feedback done 0b9f6c1e --note 'seen to by hand'", "imglearn feedback done 0b9f6c1e --undo"
    )
)
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option("--undo", is_flag=True, help="It needs one after all.")
@click.option("--author", metavar="TEXT", help="Who says so.")
@click.option("--note", metavar="TEXT", help="Why.")
@db_option
def done(ids: tuple[str, ...], undo: bool, author: str | None, note: str | None, db: str | None) -> None:
    """Say that remarks need no attempt any more. Prints the whole id of each.

    That is stored beside the remark, with its time; so is its --undo. Nothing is overwritten.
    """
    with open_existing(db) as logger:
        for whole in [_whole(logger, id, "ID") for id in ids]:
            if not logger.resolve_feedback(whole, undo=undo, author=author, note=note):
                tell(f"{whole} was {'not done' if undo else 'done already'}")
            click.echo(safe_line(whole, limit=len(whole)))


@click.command(
    "next",
    epilog=examples(
        "imglearn feedback next",
        "imglearn feedback next --material Birch --category wood_hardwood --json",
    ),
)
@waiting
@click.option("-n", "--limit", type=click.IntRange(1), metavar="N", default=1, show_default=True, help="How many.")
@click.option("--json", "json_wanted", is_flag=True, help="JSON lines, a remark each.")
@db_option
def next_remark(limit: int, json_wanted: bool, db: str | None, **flags: Any) -> None:
    """Print the remark that has waited longest for an attempt: its id, a space, and its text on one line.

    Exit code 4 where none is waiting. It waits on until an attempt is logged with it (imglearn log --feedback-id), or
    somebody says that it is done. A remark about an attempt is about that attempt's material, category and model.
    """
    with open_existing(db) as logger:
        found = _pending(logger, limit, flags)
    for remark in found:
        id, text = str(remark["id"]), str(remark["text"])
        click.echo(as_json(remark) if json_wanted else safe_line(f"{id} {text}", limit=len(id) + len(text) + 1))
    if not found:
        leave(EXIT_NONE)


@click.command(epilog=examples("imglearn feedback pending", "imglearn feedback pending --source any --json"))
@click.option("-n", "--limit", type=click.IntRange(0), metavar="N", default=20, show_default=True, help="How many.")
@waiting
@answers
def pending(answer: Answer, limit: int, **flags: Any) -> None:
    """List the remarks that wait for an attempt, oldest first."""
    with answer.log() as log:
        found = _pending(log, limit, flags)
        others = [] if found else _pending(log, None, {**flags, "source": _ANY_SOURCE})
    answer.show(found, tables.pending, empty=lambda: _none_pending(flags["source"], len(others), limit))


def _none_pending(source: str, others: int, limit: int) -> str:
    if not others:
        return "no remark is pending"
    if not limit:
        return f"{others} pending; -n 0 shows none"
    return f"no remark of {source} is pending; of other sources {others} (--source any lists them)"


def _pending(logger: ImageGenerationLogger, limit: int | None, flags: dict[str, Any]) -> list[dict[str, Any]]:
    source = None if flags["source"] == _ANY_SOURCE else flags["source"]
    return logger.pending_feedback(**{**flags, "source": source}, limit=limit)


def _whole(logger: ImageGenerationLogger, prefix: str, where: str) -> str:
    return whole_id(prefix, remarks.find_by_prefix(logger.store, prefix, limit=3), where)
