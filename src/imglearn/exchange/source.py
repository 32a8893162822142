"""A file to take records from, whatever its format: its records in order, and how far they have come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from imglearn.errors import InvalidRecordError
from imglearn.intake import flat_fields
from imglearn.records import ATTEMPT_FIELDS, AnyRecord, Attempt, Feedback, Resolution, check, json_object

# The kinds of lines; those of attempts name none.
REMARK, RESOLUTION = "remark", "resolution"


class Item(NamedTuple):
    """One record, or why it is none: where it stands (such as line 3), and how much of the file that makes."""

    place: str
    record: AnyRecord | InvalidRecordError
    position: int


_ATTEMPT_FIELDS, _FEEDBACK_FIELDS = frozenset(ATTEMPT_FIELDS), frozenset(Feedback.__struct_fields__)
_RESOLUTION_FIELDS = frozenset(Resolution.__struct_fields__)


class Source(NamedTuple):
    """The records of a file. `total` is in the same measure as an item's position, None where nobody knows.

    `notes` say what in the file is not read.
    """

    items: Iterator[Item]
    total: int | None
    notes: tuple[str, ...] = ()


def kind_of(record: AnyRecord) -> str | None:
    """Return the kind that a record's line names."""
    return None if isinstance(record, Attempt) else REMARK if isinstance(record, Feedback) else RESOLUTION


def to_record(given: Mapping[str, object]) -> AnyRecord:
    """Make a record of one that was exported, or of another program's in the same shape. Nothing is derived.

    What the record has no field for is kept, in `extra`. Raises InvalidRecordError.
    """
    if given.get("kind") == REMARK:
        return check(Feedback, _with_unknown_kept(given, _FEEDBACK_FIELDS))
    if given.get("kind") == RESOLUTION:
        return check(Resolution, _with_unknown_kept(given, _RESOLUTION_FIELDS))
    return check(Attempt, _with_unknown_kept(flat_fields(given), _ATTEMPT_FIELDS))


def _with_unknown_kept(given: Mapping[str, object], known: frozenset[str]) -> Mapping[str, object]:
    if given.keys() <= known:
        return given
    fields = {name: value for name, value in given.items() if name in known}
    kinds = (("kind", REMARK), ("kind", RESOLUTION))
    unknown = {name: value for name, value in given.items() if name not in known and (name, value) not in kinds}
    if unknown:
        extra = json_object(fields.get("extra"), "extra")
        fields["extra"] = {**extra, "imported": {**json_object(extra.get("imported"), "extra.imported"), **unknown}}
    return fields
