"""The server of `altac play`, asked by a plain client: what it does for its page, and what it refuses others."""

from __future__ import annotations

import http.client
import json
import re
import threading
import time
from collections.abc import Iterator
from html import unescape
from multiprocessing.process import BaseProcess
from typing import Any, NoReturn

import pytest

from altac.driver import compile_source
from altac.engine.protocol import run_texts
from altac.grading import exercises
from altac.grading.exercise import folders
from altac.play import guard
from altac.play.app import Play
from altac.syntax import read_source
from altac.system.limited import Broken
from tests.play.serving import served
from tests.support import PROGRAMS, nonempty

PARITY = (PROGRAMS / "parity.alta").read_text(encoding="utf-8")
ENDLESS = """program endless
input bits: 0..1 up to 4
var x: 0..99 = 0
var y: 0..99 = 0
var z: 0..99 = 0
step:
    x := (x + 1) % 100
    if x == 99:
        y := (y + 1) % 100
        if y == 99:
            z := (z + 1) % 100
halt when z == 99
output x
"""


@pytest.fixture(scope="module")
def play() -> Iterator[Play]:
    with served() as found:
        yield found


def send(
    play: Play, method: str, path: str, body: bytes | None = None, headers: dict[str, str | None] | None = None
) -> tuple[int, dict[str, str], bytes]:
    """The status, the headers and the body of an answer; a header that is None is left out."""
    wanted: dict[str, str | None] = {"Host": f"127.0.0.1:{play.port}"}
    if method == "POST":
        wanted |= {"x-altac-token": play.token, "Content-Length": str(len(body or b""))}
    wanted |= headers or {}
    connection = http.client.HTTPConnection("127.0.0.1", play.port, timeout=120)
    try:
        connection.putrequest(method, path, skip_host=True)
        for name, value in wanted.items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def do(play: Play, task: str, headers: dict[str, str | None] | None = None, **fields: Any) -> tuple[int, Any]:
    record = {"name": "test.alta", "origin": "", "text": PARITY, "files": {}} | fields
    status, _, body = send(play, "POST", f"/do/{task}", json.dumps(record).encode(), headers)
    return status, json.loads(body)


def codes(answer: Any) -> list[str]:
    return [one["code"] for one in answer["problems"]]


# What it does ------------------------------------------------------------------------------------------------


def test_the_page_lets_only_its_own_scripts_run(play: Play) -> None:
    status, headers, body = send(play, "GET", "/")
    assert status == 200
    policy = headers["content-security-policy"]
    assert re.findall(r"([\w-]+) [^;]*unsafe", policy) == ["style-src-attr"]
    assert policy.startswith("default-src 'none'; script-src 'self' 'sha256-")
    assert "connect-src 'self'" in policy
    text = body.decode()
    for tag in nonempty(re.findall(r"<script[^>]*>(.*?)</script>", text, re.DOTALL)):
        assert tag == ""
    assert not re.search(r"""(https?:)?//\w""", text.replace("{{config}}", ""))


def test_the_page_lists_all_programs_of_the_library(play: Play) -> None:
    text = send(play, "GET", "/")[2].decode()
    found = re.search(r'<meta name="config" content="(.*?)">', text)
    assert found is not None
    config = json.loads(unescape(found[1]))
    assert config["token"] == play.token
    (library,) = [one for one in config["programs"] if one["title"] == "Library"]
    programs = {path.stem for path in PROGRAMS.glob("*.alta")}
    assert {one["title"] for one in library["programs"]} == programs
    assert len(programs) > 50


def test_a_program_of_the_library_runs_on_its_first_example(play: Play) -> None:
    for name in ("parity", "eliza", "bigram"):  # alone, with an import, with a file of data
        status, _, body = send(play, "GET", f"/programs/programs/{name}")
        record = json.loads(body)
        assert (status, record["file"]) == (200, f"{name}.alta")
        one = compile_source(read_source(PROGRAMS / f"{name}.alta"))
        assert record["input"] == next(example.input for example in one.program.examples if example.input)
        document = {"name": record["file"], "text": record["text"], "origin": record["name"]}
        _, checked = do(play, "check", **document)
        inputs = list(dict.fromkeys(example.input for example in one.program.examples))
        assert (checked["diagnostics"], checked["files"]) == ([], dict(one.program.imports))
        assert checked["examples"] == inputs
        _, ran = do(play, "run", **document, input=record["input"], engine="interpreter")
        wanted = run_texts(one.interpreter, [record["input"]])[0]
        assert ran["output"] == wanted.text(one.program.interface)


def test_a_program_of_a_link_has_the_files_that_came_with_it(play: Play) -> None:
    text = (PROGRAMS / "eliza.alta").read_text(encoding="utf-8")
    _, alone = do(play, "check", name="eliza.alta", text=text)
    (problem,) = alone["diagnostics"]
    assert "a program from a link has only the files that came with it" in problem["message"]
    files = {"eliza/doctor.alta": (PROGRAMS / "eliza" / "doctor.alta").read_text(encoding="utf-8")}
    _, whole = do(play, "check", name="eliza.alta", text=text, files=files)
    assert (whole["diagnostics"], whole["files"]) == ([], files)


def test_check_says_what_altac_check_says(play: Play) -> None:
    status, answer = do(play, "check", text=PARITY.replace("parity := parity ^", "parity := party ^"))
    (problem,) = answer["diagnostics"]
    assert (status, problem["code"], problem["start"]) == (200, "E0101", PARITY.index("parity ^"))


def test_completions_and_hover_know_the_domains_of_the_last_text_without_errors(play: Play) -> None:
    assert do(play, "check")[1]["diagnostics"] == []
    text = PARITY.replace("output parity at last", "output par")
    _, completed = do(play, "complete", text=text, place=text.index("output par") + 10)
    assert {"label": "parity", "detail": "variable: 0..1"} in completed["items"]
    _, hovered = do(play, "hover", text=text, place=text.index("done_left"))
    assert (hovered["start"], hovered["end"]) == (text.index("done_left"), text.index("done_left") + 9)
    assert "Domain: `bool`" in hovered["text"]
    assert do(play, "hover", place=0)[1] == {}


@pytest.mark.parametrize("place", [-1, len(PARITY) + 1, 1.5, True, None, "1"])
def test_a_place_that_the_text_does_not_have_is_refused(play: Play, place: object) -> None:
    for task in ("hover", "complete"):
        status, answer = do(play, task, place=place)
        assert (status, codes(answer)) == (400, ["E0749"])


def test_weights_and_interpreter_give_pages_of_their_own(play: Play) -> None:
    for engine in ("interpreter", "weights"):
        _, answer = do(play, "run", input="1 0 1 1", engine=engine)
        assert (answer["output"], answer["layers"], answer["problems"]) == ("1", 4, [])
        (data,) = re.findall(r'<script type="application/json" id="run">(.*?)</script>', answer["page"])
        run = json.loads(data)
        assert (run["engine"], run["stream"] is None) == (engine, engine == "interpreter")


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"input": "1 2"}, "E0601"), ({"input": "1", "text": "program p\n"}, "E0010")],
)
def test_what_cannot_run_says_why(play: Play, fields: dict[str, str], code: str) -> None:
    status, answer = do(play, "run", **fields, engine="interpreter")
    assert status == 200
    assert code in codes(answer)
    assert "page" not in answer


def test_a_bug_is_told_as_one_and_the_server_goes_on(
    play: Play, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> NoReturn:
        raise Broken("ValueError: such a thing, at work.py:1")

    with monkeypatch.context() as patch:
        patch.setattr(play.typing, "ask", broken)
        body = json.dumps({"name": "a.alta", "origin": "", "text": "", "files": {}}).encode()
        status, headers, text = send(play, "POST", "/do/check", body)
    assert (status, text) == (500, b"ValueError: such a thing, at work.py:1")
    assert headers["content-type"].startswith("text/plain")
    assert caplog.messages == ["internal error: ValueError: such a thing, at work.py:1"]
    assert do(play, "check")[0] == 200


# What it refuses ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "evil.example:{port}", "0.0.0.0:{port}", ""])
def test_another_host_is_refused(play: Play, host: str) -> None:
    """A name that leads here by a trick of its DNS is not ours."""
    status, _, body = send(play, "GET", "/", headers={"Host": host.format(port=play.port)})
    assert (status, codes(json.loads(body))) == (403, ["E0749"])
    assert play.token.encode() not in body


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}"])
def test_this_host_is_not(play: Play, host: str) -> None:
    assert send(play, "GET", "/", headers={"Host": host.format(port=play.port)})[0] == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1", "https://127.0.0.1:{port}"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_origin_is_refused(play: Play, method: str, origin: str) -> None:
    path = "/" if method == "GET" else "/do/check"
    status, headers, body = send(play, method, path, headers={"Origin": origin.format(port=play.port)})
    assert (status, codes(json.loads(body))) == (403, ["E0749"])
    assert "access-control-allow-origin" not in headers


def test_its_own_origin_is_not(play: Play) -> None:
    assert do(play, "check", headers={"Origin": f"http://127.0.0.1:{play.port}"})[0] == 200


@pytest.mark.parametrize("token", [None, "", "x" * 43, "\u00e9"])
def test_work_without_the_token_is_refused(play: Play, token: str | None) -> None:
    status, answer = do(play, "check", headers={"x-altac-token": token})
    assert (status, codes(answer)) == (403, ["E0749"])


def test_other_methods_and_places_are_refused(play: Play) -> None:
    assert send(play, "GET", "/do/check")[0] == 405
    assert send(play, "POST", "/", b"{}")[0] == 405
    assert send(play, "OPTIONS", "/do/check", headers={"Origin": "https://evil.example"})[0] == 403
    for path in ("/nothing", "/programs/nothing", "/static/../app.py", "/static/%2e%2e/app.py", "/programs/../parity"):
        assert send(play, "GET", path)[0] == 404


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b"null",
        b"[]",
        b"{}",
        b'{"name": "a.alta", "origin": "", "text": 1}',
        b'{"name": "a.alta", "origin": "", "text": "\\ud800"}',
        b'{"name": "a.alta", "origin": "other", "text": ""}',
        b'{"name": "../a.alta", "origin": "", "text": ""}',
        b'{"name": "a.alta", "origin": "", "text": "", "files": ["x"]}',
        b'{"name": "a.alta", "origin": "", "text": "", "files": {"x": 1}}',
    ],
)
def test_what_the_page_would_not_send_is_refused(play: Play, body: bytes) -> None:
    status, _, found = send(play, "POST", "/do/check", body)
    assert (status, codes(json.loads(found))) == (400, ["E0749"])


@pytest.mark.parametrize("fields", [{"input": "1"}, {"input": "1", "engine": "gpu"}, {"engine": "weights"}])
def test_a_run_says_on_what_and_by_what(play: Play, fields: dict[str, str]) -> None:
    status, answer = do(play, "run", **fields)
    assert (status, codes(answer)) == (400, ["E0749"])
    assert do(play, "erase", **fields)[0] == 400


def test_too_much_text_is_refused_before_it_is_read(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "MOST_BYTES", 5000)
    status, answer = do(play, "check", text="#" * 5000)
    assert (status, codes(answer)) == (413, ["E0748"])
    chunked = b"1000\r\n" + b"#" * 4096 + b"\r\n"
    headers: dict[str, str | None] = {"Content-Length": None, "Transfer-Encoding": "chunked"}
    status, _, body = send(play, "POST", "/do/check", 2 * chunked + b"0\r\n\r\n", headers)
    assert (status, codes(json.loads(body))) == (413, ["E0748"])


# What it stops -----------------------------------------------------------------------------------------------


def test_a_run_that_takes_too_long_is_stopped_and_the_next_one_runs() -> None:
    with served(seconds=3) as play:
        status, answer = do(play, "run", text=ENDLESS, input="1", engine="interpreter")
        assert (status, codes(answer)) == (200, ["E0746"])
        assert "stopped after 3 seconds" in answer["problems"][0]["message"]
        play.limits = play.running.limits = type(play.limits)(60, play.limits.memory)
        assert do(play, "run", input="1 1 1", engine="interpreter")[1]["output"] == "1"


def test_a_run_that_takes_too_much_memory_is_stopped() -> None:
    with served(memory=500_000_000) as play:
        text = "program pairs\ninput x: 0..1\nlayer one:\n    head n = exists where key.token > query.token\noutput n\n"
        _, answer = do(play, "run", text=text, input="1 " * 30_000, engine="interpreter")
        assert codes(answer) == ["E0747"]
        assert do(play, "run", input="1 1 1", engine="interpreter")[1]["output"] == "1"


def process_at_work(play: Play) -> BaseProcess:
    """The process of runs, when it has something to do."""
    while not play.running._turn.locked() or play.running._running is None:
        time.sleep(0.01)
    return play.running._running[0]


def test_a_run_that_nobody_waits_for_is_stopped(play: Play) -> None:
    record = {"name": "a.alta", "origin": "", "text": ENDLESS, "input": "1", "engine": "interpreter"}
    body = json.dumps(record).encode()
    connection = http.client.HTTPConnection("127.0.0.1", play.port)
    connection.request("POST", "/do/run", body, {"x-altac-token": play.token})
    child = process_at_work(play)
    assert child.is_alive()
    connection.close()
    child.join(60)
    assert not child.is_alive()
    assert do(play, "run", input="1 1", engine="interpreter")[1]["output"] == "0"


def test_checks_do_not_wait_for_a_run(play: Play) -> None:
    stopped = threading.Event()
    record = {"text": ENDLESS, "input": "1", "engine": "interpreter"}
    found: list[Any] = []

    def ask() -> None:
        found.append(do(play, "run", **record))
        stopped.set()

    thread = threading.Thread(target=ask)
    thread.start()
    assert do(play, "check")[1]["diagnostics"] == []
    assert not stopped.is_set()
    process_at_work(play).kill()
    thread.join()
    assert codes(found[0][1]) == ["E0747"]


def test_completions_and_hover_do_not_wait_for_a_check(play: Play) -> None:
    """The process of checks is busy for as long as its turn is held here."""
    with play.typing._turn:
        text = PARITY.replace("output parity at last", "output par")
        _, completed = do(play, "complete", text=text, place=text.index("output par") + 10)
        assert "parity" in {one["label"] for one in completed["items"]}
        _, hovered = do(play, "hover", text=text, place=text.index("done_left"))
        assert "done_left" in hovered["text"]


def test_the_page_lists_all_exercises_and_opens_each_with_its_text(play: Play) -> None:
    text = send(play, "GET", "/")[2].decode()
    found = re.search(r'<meta name="config" content="(.*?)">', text)
    assert found is not None
    (group,) = [one for one in json.loads(unescape(found[1]))["programs"] if one["title"] == "Exercises"]
    assert [one["title"] for one in group["programs"]] == [folder.name for folder in folders().values()]
    for one, exercise in nonempty(zip(group["programs"], exercises(), strict=True)):
        status, _, body = send(play, "GET", f"/programs/{one['name']}")
        record = json.loads(body)
        assert status == 200
        assert (record["file"], record["text"]) == (f"{exercise.name}.alta", exercise.source.text)
        assert record["about"] == exercise.text
        assert do(play, "check", name=record["file"], text=record["text"], origin=one["name"])[1]["files"] == {}
