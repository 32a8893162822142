"""A file to take records from, whatever its format: its records in order, and how far they have come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from imglearn.errors import InvalidRecordError
from imglearn.intake import flat_fields
from imglearn.records import ATTEMPT_FIELDS, Attempt, Feedback, check, json_object

REMARK = "remark"  # the kind of a line that is one; the lines of attempts name none


class Item(NamedTuple):
    """One record, or why it is none: where it stands (such as line 3), and how much of the file that makes."""

    place: str
    record: Attempt | Feedback | InvalidRecordError
    position: int


_ATTEMPT_FIELDS, _FEEDBACK_FIELDS = frozenset(ATTEMPT_FIELDS), frozenset(Feedback.__struct_fields__)


class Source(NamedTuple):
    """The records of a file. `total` is in the same measure as an item's position, None where nobody knows.

    `notes` say what in the file is not read.
    """

    items: Iterator[Item]
    total: int | None
    notes: tuple[str, ...] = ()


def to_record(given: Mapping[str, object]) -> Attempt | Feedback:
    """Make a record of one that was exported, or of another program's in the same shape. Nothing is derived.

    What the record has no field for is kept, in `extra`. Raises InvalidRecordError.
    """
    if given.get("kind") == REMARK:
        return check(Feedback, _with_unknown_kept(given, _FEEDBACK_FIELDS))
    return check(Attempt, _with_unknown_kept(flat_fields(given), _ATTEMPT_FIELDS))


def _with_unknown_kept(given: Mapping[str, object], known: frozenset[str]) -> Mapping[str, object]:
    if given.keys() <= known:
        return given
    fields = {name: value for name, value in given.items() if name in known}
    unknown = {name: value for name, value in given.items() if name not in known and (name, value) != ("kind", REMARK)}
    if unknown:
        extra = json_object(fields.get("extra"), "extra")
        fields["extra"] = {**extra, "imported": {**json_object(extra.get("imported"), "extra.imported"), **unknown}}
    return fields
