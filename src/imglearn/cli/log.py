"""`imglearn log`: one attempt from flags, or any number from JSON lines."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from typing import Any

import click
import msgspec

from imglearn import settings
from imglearn.cli import EXIT_FAILED, EXIT_REJECTED, leave
from imglearn.cli.options import Command, chosen_db, db_option, open_existing, open_logger, tell, whole_id
from imglearn.errors import InvalidRecordError, StoreError
from imglearn.logger import ImageGenerationLogger
from imglearn.records import ATTEMPT_FIELDS
from imglearn.store import attempts
from imglearn.text import safe_line

_EXAMPLES = """\b
Examples:
  imglearn log --material Birch --category wood_hardwood --score 82 --model imagen-4 --param steps=30
  imglearn log --material Steel --category metal_ferrous --score 61 --issue "Rust without edges"
  echo '{"material": "Oak", "category": "wood_hardwood", "realism_score": 78}' | imglearn log -

Fields of a JSON line, none of them required but material and category:

""" + ", ".join(ATTEMPT_FIELDS)


def _on_off(name: str, on: str, off: str, help: str) -> Callable[[Command], Command]:
    return click.option(f"--{on}/--{off}", name, default=None, help=help)


@click.command(epilog=_EXAMPLES)
@click.argument("source", required=False, metavar="[-]")
@click.option("--material", metavar="TEXT", help="What the picture shows.")
@click.option("--category", metavar="TEXT", help="The family it belongs to.")
@click.option("--model", metavar="TEXT", help="The generator's model.")
@click.option("--prompt", metavar="TEXT")
@click.option("--negative-prompt", metavar="TEXT")
@click.option("--seed", metavar="TEXT")
@click.option("--prompt-length", "gen_prompt_length", type=int, metavar="N", help="Characters of the prompt.")
@click.option("--guidance-scale", type=float, metavar="X")
@click.option("--contamination-uniformity", type=float, metavar="X")
@click.option("--view-mode", metavar="TEXT")
@click.option("--pattern", "patterns_used", multiple=True, metavar="TEXT", help="Repeatable.")
@click.option(
    "--param",
    "params",
    multiple=True,
    metavar="KEY=VALUE",
    help="Any other knob; JSON values are typed. Repeatable.",
)
@click.option("--feedback", "feedback_text", metavar="TEXT", help="The feedback applied to this attempt.")
@click.option("--feedback-category", metavar="TEXT", help="physics, material_behavior, contamination ...")
@click.option("--feedback-source", metavar="TEXT", help="user, automated or system.")
@click.option(
    "--feedback-id", metavar="ID", help="The remark applied to this attempt, which says the rest (a prefix will do)."
)
@_on_off(
    "feedback_applied",
    "feedback-applied",
    "no-feedback-applied",
    "Default: applied where --feedback or --feedback-id is given.",
)
@click.option("--score", "realism_score", type=float, metavar="0-100", help="The validator's realism score.")
@_on_off("passed", "passed", "failed", "The verdict. Default: by the score and the pass threshold.")
@click.option("--issue", "physics_issues", multiple=True, metavar="TEXT", help="A physics issue. Repeatable.")
@click.option("--red-flag", "red_flags", multiple=True, metavar="TEXT", help="Repeatable.")
@click.option("--val-prompt-length", type=int, metavar="N", help="Characters of the validator's prompt.")
@_on_off("val_truncated", "truncated", "not-truncated", "Whether the validator's prompt was cut.")
@click.option("--validator-error", metavar="TEXT", help="Why there is no verdict.")
@click.option("--failure-category", metavar="TEXT", help="Why it failed: physics, quality ...")
@click.option(
    "--retry-of", "parent_id", metavar="ID", help="The attempt that this one retries (a unique prefix will do)."
)
@click.option("--retry-count", type=int, metavar="N", help="Default: one more than the attempt it retries.")
@_on_off("final_success", "final-success", "final-failure", "How the chain of retries ended.")
@click.option("--image", "image_path", metavar="FILE", help="The picture: it says what no option does.")
@click.option("--image-size-kb", type=float, metavar="KB")
@click.option("--image-sha256", metavar="HEX")
@click.option("--duration", "duration_s", type=float, metavar="SECONDS")
@click.option("--status", type=click.Choice(["done", "error"]))
@click.option("--error", metavar="TEXT", help="What ended it, where the status is error.")
@click.option("--note", "notes", metavar="TEXT")
@click.option("--timestamp", metavar="TIME", help="ISO 8601; UTC where it names no zone. Default: the image's, or now.")
@click.option("--id", metavar="TEXT", help="Default: a new UUID.")
@click.option("--strict", is_flag=True, help="Fail where the database can't take it. Default: keep it in the spool.")
@db_option
def command(source: str | None, strict: bool, db: str | None, **flags: Any) -> None:
    """Log one attempt from flags, or from standard input (-) any number of JSON lines.

    Prints the id of each attempt on a line, and nothing else. A JSON line has the shape of the Python call, with
    generation_params and validation_results, or flat column names, or both. A line that can't be stored is
    reported with its number, and the others are stored: exit code 3.

    With --image, the parameters are taken from the file as well, with its size, its SHA-256 and its time, and rules in
    the config may say material and category (see imglearn watch); options win. An image that imglearn watch has logged
    and nobody has judged yet is not logged again: the options complete its attempt.

    While the database can't take attempts, because it is locked, the disk is full or the like, they are kept in files
    of the user's state folder (see imglearn where) and taken in by the next command that opens it.
    """
    given = {name: value for name, value in flags.items() if value not in (None, ())}
    if source == "-":
        if given:
            raise click.UsageError("'-' reads whole attempts from standard input; leave the other options out")
        _log_lines(db, strict)
    elif source is not None:
        raise click.UsageError(f"unexpected argument {source!r}; only '-' (standard input) may stand here")
    else:
        _log_flags(db, strict, given)


def _log_flags(db: str | None, strict: bool, given: dict[str, Any]) -> None:
    if "params" in given:
        given["params"] = dict(map(typed_param, given["params"]))
    record = _with_image(db, given) if "image_path" in given else given
    if "image_path" in record and "image_sha256" not in record:
        tell(f"{record['image_path']} can't be read; its path is logged all the same")
    elif "image_sha256" in record and not {"material", "category"} <= record.keys():
        record = {**_known_of(db, str(record["image_sha256"])), **record}
    for name in ("material", "category"):
        if name not in record:
            rules = ", or a rule in the config file that says it" if "image_path" in given else ""
            raise click.UsageError(f"missing option '--{name}' (or '-' to read JSON lines{rules})")
    with open_logger(db, strict=strict) as logger:
        completed = None
        with nullcontext() if strict else suppress(StoreError):  # the attempt itself goes to the spool then
            if "parent_id" in record:
                record["parent_id"] = given["parent_id"] = whole_parent(logger, record["parent_id"])
            if "feedback_id" in record:
                record["feedback_id"] = given["feedback_id"] = whole_remark(logger, record["feedback_id"])
            completed = _joined(logger, record, given) or _completed(logger, record, given)
        click.echo(_on_one_line(completed or logger.log_record(record)))


def _with_image(db: str | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the options say, then the image, then the rules for both."""
    from imglearn import rules
    from imglearn.capture.image_attempt import completed, image_fields, together

    image = image_fields(given["image_path"])
    found = completed({**given, "image_path": image["image_path"]}, image)
    prompt = found.get("prompt")
    config_rules = settings.resolve(chosen_db(db)).watch_rules.value
    return together(found, rules.said(config_rules, str(image["image_path"]), str(prompt) if prompt else None, tell))


def _known_of(db: str | None, sha256: str) -> dict[str, Any]:
    """Return material and category of the attempt that a watch has made of the same image, as far as there is one."""
    from imglearn.store import images

    with suppress(StoreError), open_existing(db) as logger:
        found = attempts.get(logger.store, images.content_id(sha256))
        return {} if found is None else {"material": found.material, "category": found.category}
    return {}


def _joined(logger: ImageGenerationLogger, record: Mapping[str, Any], given: Mapping[str, Any]) -> str | None:
    """Complete the attempt that `imglearn run` makes just now, where this is part of its command, and return its id.

    None where there is none, or where it would say something else: then this is an attempt of its own.
    """
    id = os.environ.get(settings.ATTEMPT_VARIABLE)
    ours = attempts.get(logger.store, id) if id and "id" not in given else None
    if ours is None or ours.status != "running":
        return None
    return _filled_in(logger, ours.id, record, frozenset(record))


def _completed(logger: ImageGenerationLogger, record: Mapping[str, Any], given: Mapping[str, Any]) -> str | None:
    """Complete the attempt that a watch has made of the same image, and return its id.

    None where there is none, or where it would say something else: then this is an attempt, or a judgement, of its own.
    """
    sha256 = record.get("image_sha256")
    if "id" in given or sha256 is None or "image_sha256" in given:
        return None
    from imglearn.store import images

    return _filled_in(logger, images.content_id(sha256), record, frozenset(given) - {"image_path"})


def _filled_in(logger: ImageGenerationLogger, id: str, record: Mapping[str, Any], said: frozenset[str]) -> str | None:
    """Complete an attempt with what is said, and return its id; None where it is not here or knows otherwise."""
    from imglearn.intake import new_attempt
    from imglearn.store import images

    new = new_attempt({**record, "id": id}, logger.pass_threshold)
    said -= {"status", "timestamp"}
    if images.would_contradict(logger.store, id, new, said):
        return None
    images.fill_in(logger.store, id, new, said)
    return id


def typed_param(text: str) -> tuple[str, object]:
    """Read KEY=VALUE, the value as JSON where it is JSON and as text where not."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise click.BadParameter(f"got {text!r}; wants KEY=VALUE, such as steps=30", param_hint="--param")
    try:
        return key.strip(), msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return key.strip(), value


def whole_parent(logger: ImageGenerationLogger, prefix: str) -> str:
    """Complete the beginning of the id of the attempt that this one retries."""
    return _whole_link(prefix, lambda: attempts.find_by_prefix(logger.store, prefix, limit=3), "attempt", "--retry-of")


def whole_remark(logger: ImageGenerationLogger, prefix: str) -> str:
    """Complete the beginning of the id of the remark that was applied."""
    from imglearn.store import feedback  # seldom needed

    return _whole_link(
        prefix, lambda: feedback.find_by_prefix(logger.store, prefix, limit=3), "remark", "--feedback-id"
    )


def _whole_link(prefix: str, find: Callable[[], list[str]], what: str, flag: str) -> str:
    """Complete the beginning of an id. One that isn't here is kept: the attempt counts more than its link."""
    if not prefix.strip():
        raise click.BadParameter(f"got an empty id; wants that of the {what}", param_hint=flag)
    if found := find():
        return whole_id(prefix, found, flag)
    click.echo(f"imglearn: no {what} {safe_line(prefix)!r} is here yet; the link is kept as given", err=True)
    return prefix


def _log_lines(db: str | None, strict: bool) -> None:
    from imglearn.exchange.jsonlines import batches_from_stdin

    logged = rejected = 0
    progress = sys.stderr.isatty()
    told: OSError | None = None
    with open_logger(db, strict=strict) as logger:
        for batch in batches_from_stdin():
            ids = []
            for number, outcome in _log_batch(logger, batch):
                if isinstance(outcome, Exception):
                    rejected += 1
                    click.echo(f"imglearn: line {number}: {safe_line(str(outcome))}", err=True)
                else:
                    ids.append(_on_one_line(outcome))
            logged += len(ids)
            if ids and told is None:
                try:
                    _print_ids(ids)
                except OSError as error:  # nobody reads the ids any more; the attempts count all the same
                    told = error
            if progress:
                click.echo(f"\r{logged:,} logged, {rejected:,} rejected ", err=True, nl=False)
    if progress:
        click.echo("", err=True)
    if told is not None:
        click.echo(f"imglearn: all {logged:,} attempts are stored, but their ids can't be printed: {told}", err=True)
        leave(EXIT_FAILED)
    if rejected:
        sys.exit(EXIT_REJECTED)


def _print_ids(ids: list[str]) -> None:
    # In pieces that a pipe takes whole or not at all: of longer ones, Python's unbuffered output may lose the end.
    for place in range(0, len(ids), 50):
        click.echo("\n".join(ids[place : place + 50]))


def _on_one_line(id: str) -> str:
    return safe_line(id, limit=len(id))


def _log_batch(
    logger: ImageGenerationLogger, batch: list[tuple[int, dict[str, object] | InvalidRecordError]]
) -> list[tuple[int, str | Exception]]:
    """Store the batch's good lines in one transaction; pair each line's number with its id or its error."""
    stored = iter(logger.log_many(record for _, record in batch if isinstance(record, dict)))
    return [(number, next(stored) if isinstance(record, dict) else record) for number, record in batch]
