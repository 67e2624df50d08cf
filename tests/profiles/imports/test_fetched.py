"""A file is fetched from an address: by range, after a break where it stopped, anew when it changed, never from our own network."""

from __future__ import annotations

import datetime as dt
import gzip
import http.server
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from profiles.imports import fetch, services
from profiles.imports.files import BLOCK, file_of
from profiles.imports.models import Import
from profiles.imports.sources.registry import BadSource
from tenants.workspace.models import ConnectorCredential

from .conftest import finish

LINE = "u%d,Product Viewed,2025-01-01T10:00:00Z,m1,%s\n"


def content(lines: int = 40, more: str = "") -> bytes:
    return ("user_id,event,time,product_id,note\n" + "".join(LINE % (n, more) for n in range(lines))).encode()


class Files(http.server.ThreadingHTTPServer):
    """`body` under any path. `breaks`: so many bytes of an answer go out, then the line is cut, once for each number."""

    body, tag, ranges, status = b"", '"1"', True, 0

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.breaks: list[int] = []
        super().__init__(("127.0.0.1", 0), Answers)


class Answers(http.server.BaseHTTPRequestHandler):
    server: Files

    def do_GET(self) -> None:
        said = {name.lower(): value for name, value in self.headers.items()}
        self.server.asked.append((self.path, said))
        body, start = self.server.body, 0
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", f"http://localhost:{self.server.server_port}/there.csv")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.server.status:
            self.send_response(self.server.status)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        whole = said.get("if-range", self.server.tag) != self.server.tag
        if self.server.ranges and "range" in said and not whole:
            start = int(said["range"].removeprefix("bytes=").rstrip("-"))
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        else:
            self.send_response(200)
        self.send_header("ETag", self.server.tag)
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        cut = self.server.breaks.pop(0) if self.server.breaks else len(body)
        self.wfile.write(body[start : start + cut])
        self.close_connection = True

    def log_message(self, *args: Any) -> None:
        return


@pytest.fixture
def files(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Files]:
    settings.OUTBOUND_TO_OWN_NETWORK = True
    monkeypatch.setattr("profiles.imports.tasks.hint_fetch", lambda schema: None)
    monkeypatch.setattr(fetch, "_pause", lambda attempts, trouble: dt.timedelta(0))
    server = Files()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def ask(scope, inside, files):
    def begin(path: str = "/history.csv", kind: str = "events", **said: str) -> Import:
        url = f"http://127.0.0.1:{files.server_port}{path}"
        return fetch.begin(scope, "web", {"url": url, **said}, kind=kind, actor="user:1")

    return begin


def fetched(scope, found: Import) -> Import:
    while fetch.run_turn(scope, 5.0) == "more":
        pass
    found.refresh_from_db()
    return found


def test_it_becomes_a_draft_and_then_events(scope, ask, files, run):
    files.body = gzip.compress(content())
    found = ask("/exports/2025.csv.gz?token=secret")
    assert (found.status, found.name) == ("fetching", "2025.csv.gz")
    assert "secret" not in found.place
    draft = fetched(scope, found)
    assert (draft.status, draft.size, draft.layout["mapping"]["time"]) == (
        "draft",
        len(content()),
        "timestamp",
    )
    assert not ConnectorCredential.objects.filter(vendor="import").exists()
    assert not file_of(scope.schema, draft.fetched_as).exists()
    assert run(draft).taken == 40


def test_what_broke_off_goes_on_where_it_stopped(scope, ask, files, run):
    files.body = content(900, more="x" * 5_000)
    assert len(files.body) > 4 * BLOCK
    files.breaks = [2 * BLOCK + 17, BLOCK + 5]
    draft = fetched(scope, ask())
    starts = [int(said["range"].removeprefix("bytes=").rstrip("-")) for _, said in files.asked]
    assert starts == [0, 2 * BLOCK, 3 * BLOCK]
    assert (draft.status, draft.size) == ("draft", len(files.body))
    assert run(draft).taken == 900


def test_a_file_that_changed_begins_anew(scope, ask, files, run):
    files.body, files.breaks = content(900, more="x" * 5_000), [2 * BLOCK]
    found = ask()
    assert fetch._fetch(scope, found, 0.0) is False  # as of a turn that ends at once
    files.body, files.tag = content(7), '"2"'
    draft = fetched(scope, found)
    assert (draft.size, run(draft).taken) == (len(content(7)), 7)


def test_a_server_that_knows_no_ranges_sends_all_of_it(scope, ask, files):
    files.body, files.ranges, files.breaks = content(900, more="x" * 5_000), False, [2 * BLOCK]
    draft = fetched(scope, ask())
    assert (draft.status, draft.size, len(files.asked)) == ("draft", len(files.body), 2)


def test_a_missing_file_waits_for_a_person(scope, ask, files):
    files.body, files.status = content(), 404
    found = fetched(scope, ask())
    assert (found.status, "no file" in found.error) == ("paused", True)
    files.status = 0
    services.resume(scope, found, actor="user:1")
    assert fetched(scope, found).status == "draft"


def test_a_server_that_stays_away_is_given_up_after_a_while(scope, ask, files):
    files.status = 503
    found = fetched(scope, ask())
    assert (found.status, found.attempts, "503" in found.error) == ("paused", fetch.MOST_ATTEMPTS, True)


def test_a_redirect_is_followed_and_the_key_stays_behind(scope, ask, files):
    files.body = content()
    draft = fetched(scope, ask("/moved", authorization="Bearer abc"))
    assert draft.status == "draft"
    first, second = files.asked
    assert first[1]["authorization"] == "Bearer abc"
    assert "authorization" not in second[1]


def test_our_own_network_is_refused(scope, ask, files, settings):
    found = ask()
    settings.OUTBOUND_TO_OWN_NETWORK = False
    assert (fetched(scope, found).status, files.asked) == ("paused", [])
    assert "https" in found.error
    with pytest.raises(BadSource, match="https"):
        fetch.begin(scope, "web", {"url": "http://shop.example/x"}, kind="events", actor="user:1")


def test_too_much_is_refused_before_it_is_fetched(scope, ask, files, settings):
    settings.IMPORT_MOST_BYTES = 1000
    files.body = content(100)
    found = fetched(scope, ask())
    assert (found.status, "MB" in found.error) == ("failed", True)
    assert not file_of(scope.schema, found.fetched_as).exists()


def test_cancelled_it_leaves_nothing(scope, ask, files):
    files.body = content()
    found = ask()
    services.cancel(scope, found, actor="user:1")
    assert fetched(scope, found).status == "cancelled"
    assert not ConnectorCredential.objects.filter(vendor="import").exists()


def test_an_erasure_has_what_came_fetched_anew(scope, ask, files, run):
    from profiles.privacy import uploads

    files.body, files.breaks = content(900, more="x" * 5_000), [2 * BLOCK]
    found = ask()
    fetch._fetch(scope, found, 0.0)
    uploads._fetch_anew(_Somebody(scope))
    assert not file_of(scope.schema, found.fetched_as).exists()
    assert run(fetched(scope, found)).taken == 900


class _Somebody:
    def __init__(self, scope: Any) -> None:
        self.scope = scope


def test_by_the_api(api, secret_key, rival_key, publishable_key, scope, inside, files):
    files.body = content()
    url = f"http://127.0.0.1:{files.server_port}/h.csv"
    client = api(secret_key)
    asked = client.post("/api/v1/imports/fetch", {"url": url}, content_type="application/json")
    assert (asked.status_code, asked.json()["status"], asked.json()["fetched_from"]) == (
        201,
        "fetching",
        "web",
    )
    address = f"/api/v1/imports/{asked.json()['id']}"
    fetched(scope, Import.objects.get(pk=asked.json()["id"]))
    done = client.post(address, {"do": "start"}, content_type="application/json")
    assert done.json()["status"] == "running"
    assert finish(scope, Import.objects.get(pk=asked.json()["id"])).taken == 40
    nowhere = client.post("/api/v1/imports/fetch", {"kind": "orders"}, content_type="application/json")
    assert (nowhere.status_code, "Address is missing" in nowhere.json()["detail"]) == (400, True)
    browser = api(publishable_key).post(
        "/api/v1/imports/fetch", {"url": url}, content_type="application/json"
    )
    assert browser.status_code == 403
    assert api(rival_key).get(address).status_code == 404
