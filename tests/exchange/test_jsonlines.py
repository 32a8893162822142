from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imglearn.exchange.jsonlines import MAX_LINE_BYTES, Line, batches


def read(path: Path, content: bytes) -> list[Line]:
    path.write_bytes(content)
    with open(path, "rb", buffering=0) as stream:  # noqa: PTH123
        return [line for batch in batches(stream) for line in batch]


def errors(lines: list[Line]) -> dict[int, str]:
    return {number: str(found) for number, found in lines if isinstance(found, Exception)}


@given(
    st.lists(st.dictionaries(st.text(max_size=5), st.one_of(st.text(), st.integers(-(2**63), 2**63 - 1))), max_size=20)
)
def test_what_was_written_is_read(tmp_path: Path, objects: list[dict[str, object]]) -> None:
    content = "".join(json.dumps(found) + "\n" for found in objects).encode()
    assert read(tmp_path / "lines", content) == list(enumerate(objects, 1))


def test_line_ends_blank_lines_and_marks_do_not_matter(tmp_path: Path) -> None:
    assert read(tmp_path / "lines", b'\xef\xbb\xbf{"a": 1}\r\n\n  \n{"a": 2}') == [(1, {"a": 1}), (4, {"a": 2})]


def test_bad_lines_are_told_by_number_and_the_others_are_read(tmp_path: Path) -> None:
    lines = read(
        tmp_path / "lines",
        b'{"a": 1}\n{"a": \n[1]\n{"a": "\xff"}\n{"a": NaN}\n"x"\n' + b"[" * 5000 + b'\n{"a": 2}\n',
    )
    assert [number for number, found in lines if isinstance(found, dict)] == [1, 8]
    assert list(errors(lines)) == [2, 3, 4, 5, 6, 7]
    assert "wants text in UTF-8" in errors(lines)[4]
    assert "wants one JSON object" in errors(lines)[3]


def test_an_endless_line_is_passed_over_in_little_memory(tmp_path: Path) -> None:
    long = b'{"a": "' + b"x" * (3 * MAX_LINE_BYTES) + b'"}\n'
    lines = read(tmp_path / "lines", b'{"a": 1}\n' + long + b'{"a": 2}\n')
    assert [(number, found) for number, found in lines if isinstance(found, dict)] == [(1, {"a": 1}), (3, {"a": 2})]
    assert "at most 16,777,216 bytes" in errors(lines)[2]


def test_lines_after_an_endless_one_are_each_read(tmp_path: Path) -> None:
    long = b"x" * (MAX_LINE_BYTES + 1) + b"\n"
    lines = read(tmp_path / "lines", long + b'{"a": 1}\n{"a": 2}\n' + long + long + b'{"a": 3}')
    assert [number for number, found in lines if isinstance(found, dict)] == [2, 3, 6]
    assert list(errors(lines)) == [1, 4, 5]


def test_a_stream_that_does_not_wait_is_waited_for() -> None:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    with os.fdopen(reading, "rb", buffering=0) as stream:
        threading.Timer(0.1, lambda: (os.write(writing, b'{"a": 1}\n'), os.close(writing))).start()
        assert list(batches(stream)) == [[(1, {"a": 1})]]


def test_nothing_is_read_from_nothing(tmp_path: Path) -> None:
    assert read(tmp_path / "lines", b"") == []


def test_a_slow_writers_line_is_passed_on_at_once() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb", buffering=0) as stream:
        found = batches(stream)
        os.write(writing, b'{"a": 1}\n{"a"')
        assert next(found) == [(1, {"a": 1})]
        threading.Timer(0.05, lambda: (os.write(writing, b": 2}\n"), os.close(writing))).start()
        assert next(found) == [(2, {"a": 2})]
        with pytest.raises(StopIteration):
            next(found)
