"""`imglearn inspect`: what image files say about how they were made."""

from __future__ import annotations

import json
import sys

import click

from imglearn.capture.image import read_image
from imglearn.capture.image_record import ImageRecord
from imglearn.cli import EXIT_FAILED, EXIT_REJECTED, leave
from imglearn.text import safe_json, safe_line

_EXAMPLES = """\b
Examples:
  imglearn inspect out/birch.png
  imglearn inspect --json out/*.png
  imglearn inspect --raw out/birch.png"""


@click.command(epilog=_EXAMPLES)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="JSON lines, an object for each file, in order.")
@click.option("--raw", is_flag=True, help="Also every text that the file holds, as it is: folders and links included.")
def command(files: tuple[str, ...], as_json: bool, raw: bool) -> None:
    """Show which generator made an image, and with which prompt, seed, model and other parameters.

    Reads PNG, JPEG, WebP and AVIF, told by their content. What a file doesn't say stays unknown. Exit code 3 where some
    files can't be read (or not whole), 1 where none can.
    """
    failed = 0
    for place, name in enumerate(files):
        record = read_image(name, raw=raw)
        if as_json:
            click.echo(_json_line(record, raw))
        else:
            _show(record, first=not place)
        if record.error is not None:
            failed += 1
            click.echo(f"imglearn: {safe_line(record.file)} {safe_line(record.error)}", err=True)
    if failed:
        leave(EXIT_FAILED if failed == len(files) else EXIT_REJECTED)


def _json_line(record: ImageRecord, raw: bool) -> str:
    import msgspec

    fields = msgspec.to_builtins(record)
    if not raw:
        del fields["raw"]
    utf8 = sys.stdout.encoding.lower().replace("-", "") == "utf8"
    return safe_json(json.dumps(fields, ensure_ascii=not utf8))


def _show(record: ImageRecord, first: bool) -> None:
    if record.error is not None and record.pixel_width is None:
        return
    from imglearn.reporting.images import image_tables
    from imglearn.reporting.printing import print_tables

    if not first:
        click.echo()
    print_tables(image_tables(record))
