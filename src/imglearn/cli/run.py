"""`imglearn run`: an attempt that another command makes."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from imglearn.cli import leave
from imglearn.cli.log import typed_param, whole_parent, whole_remark
from imglearn.cli.options import db_option, open_logger, tell
from imglearn.cli.questions import examples
from imglearn.errors import StoreError


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    epilog=examples(
        "imglearn run --material Birch --category wood_hardwood -- python generate.py",
        "imglearn run --material Oak --category wood_hardwood --param steps=30 --images outputs -- ./generate.sh",
    ),
)
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="COMMAND...")
@click.option("--material", required=True, metavar="TEXT", help="What the picture shows.")
@click.option("--category", required=True, metavar="TEXT", help="The family it belongs to.")
@click.option("--model", metavar="TEXT", help="The generator's model.")
@click.option("--prompt", metavar="TEXT")
@click.option("--seed", metavar="TEXT")
@click.option("--param", "params", multiple=True, metavar="KEY=VALUE", help="Any other knob. Repeatable.")
@click.option("--feedback", "feedback_text", metavar="TEXT", help="The feedback applied to this attempt.")
@click.option("--feedback-category", metavar="TEXT", help="physics, material_behavior, contamination ...")
@click.option("--feedback-id", metavar="ID", help="The remark applied to this attempt, which says the rest.")
@click.option("--retry-of", "parent_id", metavar="ID", help="The attempt that this one retries.")
@click.option(
    "--images",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Where it leaves its images, with all below. Default: the current folder. Repeatable.",
)
@db_option
def command(words: tuple[str, ...], folders: tuple[Path, ...], db: str | None, **flags: Any) -> None:
    """Run COMMAND as an attempt: its duration, its exit code, and the new images that it leaves are logged.

    It shows as running meanwhile. What the images say about how they were made is taken in where no flag says it. Of
    several images, each is an attempt; of several commands at once in one folder, an image is of the first that ends.
    Ends with the command's own exit code. In its environment, IMGLEARN_ATTEMPT is the attempt's id; an imglearn log
    within it completes this attempt, unless it says something else of it.
    """
    given = {name: value for name, value in flags.items() if value not in (None, ())}
    if "params" in given:
        given["params"] = dict(map(typed_param, given["params"]))
    from imglearn.command_run import run

    with open_logger(db, strict=False) as logger:
        with suppress(StoreError):
            if "parent_id" in given:
                given["parent_id"] = whole_parent(logger, given["parent_id"])
            if "feedback_id" in given:
                given["feedback_id"] = whole_remark(logger, given["feedback_id"])
        attempt = logger.attempt(**given)
        code, images = run(attempt, words, folders or (Path(),), logger.knows_image)
        for folder in folders:
            if not folder.is_dir():
                tell(f"{folder} is no folder, so that no images were found in it")
        for image in images[1:]:
            logger.log_image(image, {**given, "extra": {"command": {"first": attempt.id}}})
        if attempt.record.error is not None and code:
            tell(f"{attempt.record.error}; logged as {attempt.id}")
    leave(code)
