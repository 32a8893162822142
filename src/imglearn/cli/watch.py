"""`imglearn watch`: folders whose new images are logged."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import click

from imglearn import settings
from imglearn.cli.options import chosen_db, db_option, tell
from imglearn.cli.progress import progress_bar
from imglearn.cli.reading import as_json
from imglearn.text import safe_line

if TYPE_CHECKING:
    from imglearn.capture.watch import Watch
    from imglearn.store.images import Done

_EXAMPLES = """\b
Examples:
  imglearn watch outputs
  imglearn watch outputs --pattern '{category}/{material}/*.png' --existing --once
  imglearn watch outputs --poll --category wood_hardwood

\b
Rules in the config file (its path: imglearn where):
  [[watch.rule]]
  path = 'outputs/(?P<material>[^/]+)/'
  category = "wood_hardwood"
\b
  [[watch.rule]]
  prompt = '(?i)\\boak\\b'
  material = "Oak"
"""


@click.command(epilog=_EXAMPLES)
@click.argument(
    "folders", nargs=-1, required=True, metavar="DIR...", type=click.Path(exists=True, file_okay=False, readable=True)
)
@click.option("--material", metavar="TEXT", help="What the pictures show.")
@click.option("--category", metavar="TEXT", help="The family they belong to.")
@click.option("--model", metavar="TEXT", help="The generator's model, whatever the images say.")
@click.option(
    "--pattern",
    metavar="PATTERN",
    help="Where the path below DIR says {category}, {material} or {model}; * is any name, ** any folders.",
)
@click.option("--existing", is_flag=True, help="First log the images that are there already.")
@click.option("--once", is_flag=True, help="Log what is new, and leave: for cron.")
@click.option(
    "--settle",
    type=click.FloatRange(0, 3600),
    default=0.5,
    metavar="SECONDS",
    help="For how long a file stays unchanged before it is read. Default: 0.5.",
)
@click.option(
    "--patience",
    type=click.FloatRange(0, 86400),
    default=60.0,
    metavar="SECONDS",
    help="For how long an incomplete image may stay unchanged before it is logged with status error. Default: 60.",
)
@click.option("--poll", is_flag=True, help="Look every few seconds: for network drives, which tell of no changes.")
@click.option("--json", "json_wanted", is_flag=True, help="JSON lines.")
@db_option
def command(
    folders: tuple[str, ...],
    material: str | None,
    category: str | None,
    model: str | None,
    pattern: str | None,
    existing: bool,
    once: bool,
    settle: float,
    patience: float,
    poll: bool,
    json_wanted: bool,
    db: str | None,
) -> None:
    """Log each new image in DIR and the folders below it as it is completed, until Ctrl-C.

    An image is known by its content: it is logged once, under whatever name, by however many watches. The parameters
    are those that the generator has written into it. Images that came while no watch ran are taken in at the next
    start. Links, hidden files and what is no image are passed over. Prints a line an attempt: id, score, path.

    Material, category and model come from the options, else from a sidecar, else (the model) from the image, else from
    --pattern, else from the first rule in the config that says so. What nobody says is guessed: the folder's name as
    the category, "unsorted" as the material; a sidecar or imglearn log --image that comes later replaces a guess.

    A sidecar is a file beside the image, at any time: image.png.json, an object as for imglearn log -, or image.txt,
    with A1111's infotext, lines such as "score: 82", or notes. It fills in what is not known yet.
    """
    flags = {"material": material, "category": category, "model": model}
    given = {name: value for name, value in flags.items() if value is not None}
    for name, value in given.items():
        if not value.strip():
            raise click.UsageError(f"--{name}: got {value!r}; wants a text that is not empty")
    stop = threading.Event()
    with _ending(stop):
        watch = _watch(folders, given, pattern, (settle, patience, poll), once, json_wanted, db)
        if existing:
            with progress_bar("existing images") as progress:
                watch.take_existing(stop, progress)
        watch.run(stop, once)


def _watch(
    folders: tuple[str, ...],
    flags: Mapping[str, str],
    pattern: str | None,
    how: tuple[float, float, bool],
    once: bool,
    json_wanted: bool,
    db: str | None,
) -> Watch:
    from imglearn import rules
    from imglearn.capture.image_attempt import absolute
    from imglearn.capture.opening import catch_up
    from imglearn.capture.taking_in import Wording
    from imglearn.capture.watch import Wanted, Watch, opened

    found = settings.resolve(chosen_db(db))
    wording = Wording(flags, rules.from_pattern(pattern) if pattern is not None else None, found.watch_rules.value)
    settle, patience, poll = how
    wanted = Wanted(
        tuple(dict.fromkeys(map(absolute, folders))), wording, found.pass_threshold.value, settle, patience, poll
    )
    store = opened(found.database.value)
    catch_up(store, found.state_folder.value)
    watch = Watch(store, found.state_folder.value, wanted, _Printer(json_wanted), tell)
    # What comes from now on is logged.
    tell(f"watching {', '.join(wanted.folders)} for {store.path}{'' if once else '; Ctrl-C ends it'}")
    return watch


class _Printer:
    """Prints a line for each attempt. One that can't be printed is logged all the same."""

    def __init__(self, as_json: bool) -> None:
        self._json = as_json
        self._is_heard = True

    def __call__(self, done: Done) -> None:
        if not self._is_heard:
            return
        try:
            click.echo(self._line(done))
            sys.stdout.flush()
        except OSError:
            self._is_heard = False
            with suppress(OSError):
                tell("nobody reads the ids any more; the images are logged all the same")

    def _line(self, done: Done) -> str:
        attempt = done.attempt
        if self._json:
            names = ("id", "image_path", "material", "category", "model", "realism_score", "passed")
            return as_json({"event": done.event, **{name: getattr(attempt, name) for name in names}})
        score = "-" if attempt.realism_score is None else f"{attempt.realism_score:g}"
        path = str(attempt.image_path)
        return f"{safe_line(attempt.id)}  {score}  {safe_line(path, limit=len(path) + 1)}"


@contextmanager
def _ending(stop: threading.Event) -> Generator[None]:
    """Let Ctrl-C and the system's signals end the watch when what is in hand is done, a second one at once."""

    def end(number: int, _: object) -> None:
        if stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.set()

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {
        number: signal.signal(number, end)
        for number in numbers
        if signal.getsignal(number) is not signal.SIG_IGN  # as nohup wants it
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
