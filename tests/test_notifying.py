"""Telling others of alerts: each once, not too often, and whatever goes wrong with it is only told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from studio import studio
from support import Cli

from imglearn.logger import ImageGenerationLogger
from imglearn.notifying import LEAST_S, NotifyError, Teller, by_apprise, by_command

ONE = {"id": "score:a", "message": "anvil: mean score 40.0"}
OTHER = {"id": "score:b", "message": "bellows: mean score 30.0"}


class Times:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_each_alert_is_sent_once(tmp_path: Path) -> None:
    sent: list[str] = []
    times = Times()
    teller = Teller([lambda line, _: sent.append(line)], tmp_path, tmp_path / "log.db", sent.append, times)
    assert teller.send([ONE]) == 1
    times.now = 10 * LEAST_S
    assert teller.send([ONE]) == 0
    assert Teller([lambda line, _: sent.append(line)], tmp_path, tmp_path / "log.db", sent.append).send([ONE]) == 0
    assert sent == ["anvil: mean score 40.0"]


def test_alerts_that_come_soon_are_told_together_and_later(tmp_path: Path) -> None:
    sent: list[str] = []
    times = Times()
    teller = Teller([lambda line, _: sent.append(line)], tmp_path, tmp_path / "log.db", sent.append, times)
    teller.send([ONE])
    third = {"id": "c", "message": "third"}
    assert teller.send([ONE, OTHER]) == 0
    times.now = LEAST_S
    assert teller.send([ONE, OTHER, third]) == 2
    assert sent[1] == "bellows: mean score 30.0; third"


def test_a_sender_that_fails_is_told_and_tried_again(tmp_path: Path) -> None:
    said: list[str] = []
    times = Times()
    down = True

    def send(line: str, _: Sequence[Any]) -> None:
        if down:
            raise NotifyError("out of reach")
        said.append(line)

    teller = Teller([send], tmp_path, tmp_path / "log.db", said.append, times)
    assert teller.send([ONE]) == 0
    down = False
    times.now = LEAST_S
    assert teller.send([ONE]) == 1
    assert said == ["out of reach", "anvil: mean score 40.0"]


def test_each_sender_gets_each_alert(tmp_path: Path) -> None:
    sent: list[str] = []
    down = True

    def fails(line: str, _: Sequence[Any]) -> None:
        if down:
            raise NotifyError("out of reach")
        sent.append(f"first: {line}")

    times = Times()
    teller = Teller([fails, lambda line, _: sent.append(line)], tmp_path, tmp_path / "log.db", sent.append, times)
    teller.send([ONE])
    down = False
    times.now = LEAST_S
    teller.send([ONE])
    assert sent == ["out of reach", ONE["message"], f"first: {ONE['message']}"]


def test_alerts_of_another_log_are_others(tmp_path: Path) -> None:
    sent: list[str] = []
    for name in ("a.db", "b.db"):
        Teller([lambda line, _: sent.append(line)], tmp_path, tmp_path / name, sent.append).send([ONE])
    assert len(sent) == 2


def test_what_goes_on_in_the_background_holds_nothing_up() -> None:
    by_command("sleep 30 & printf '\\377'")("x\0" + "y" * 200_000, [ONE])


def test_a_command_gets_the_line_and_the_alerts(tmp_path: Path) -> None:
    out = tmp_path / "out"
    by_command(f'echo "$IMGLEARN_ALERT" > {out}; cat >> {out}')("a 'quoted' $(line)", [ONE])
    line, alerts = out.read_text().splitlines()
    assert line == "a 'quoted' $(line)"
    assert json.loads(alerts) == [ONE]


def test_a_command_that_fails_or_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotifyError, match="ended with 3 no way") as error:
        by_command("echo 'no way \033[2J' >&2; exit 3")("x", [ONE])
    assert "\x1b" not in str(error.value)
    monkeypatch.setattr("imglearn.notifying.TIMEOUT_S", 0.2)
    with pytest.raises(NotifyError, match="took more than"):
        by_command("sleep 5")("x", [ONE])


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    got: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"json://127.0.0.1:{server.server_port}", got
    server.shutdown()
    server.server_close()


def worse(logger: ImageGenerationLogger) -> None:
    logger.log_many(studio(150, feedback=False))
    for place in range(5):
        logger.log_record(
            {
                "id": f"late{place}",
                "material": "wood 1",
                "category": "wood",
                "model": "anvil",
                "validator_error": "quota",
            }
        )


def test_apprise_sends_to_a_webhook(
    logger: ImageGenerationLogger, cli: Cli, webhook: tuple[str, list[dict[str, Any]]]
) -> None:
    pytest.importorskip("apprise")
    url, got = webhook
    worse(logger)
    for _ in range(2):
        done = cli("alerts", "--quiet", "--notify", url, no_proxy="*")
        assert (done.returncode, done.stdout, done.stderr) == (4, "", "")
    (message,) = got
    assert "ended in errors" in message["message"]
    with pytest.raises(NotifyError, match="does not know"):
        by_apprise(["nonsense"])


def test_a_failing_sender_disturbs_nothing(logger: ImageGenerationLogger, cli: Cli) -> None:
    worse(logger)
    done = cli("alerts", "--run", "exit 9")
    assert done.returncode == 4
    assert "ended in errors" in done.stdout
    assert "ended with 9" in done.stderr


def test_without_apprise_a_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "apprise", None)
    with pytest.raises(NotifyError, match=r"pip install 'imglearn\[notify\]'"):
        by_apprise(["ntfy://x"])
