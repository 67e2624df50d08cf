"""Run Segment's Node library, and a page with Segment's browser library."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
NODE = shutil.which("node")
INSTALLED = (FOLDER / "node_modules" / "@segment").is_dir()
# Why tests that need them are skipped; empty when they run.
MISSING = (
    "Node is not installed"
    if NODE is None
    else ""
    if INSTALLED
    else "Segment's libraries are not installed: make test does it (npm ci in tests/sdks)"
)


def send_from_node(host: str, key: str, user_id: str, product: str) -> None:
    """Seven events of the user; AssertionError with what the library said when one was not taken."""
    assert NODE
    done = subprocess.run(
        [NODE, "send.mjs", host, key, user_id, product],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr


class _Page(SimpleHTTPRequestHandler):
    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, directory=str(FOLDER), **named)

    def do_GET(self) -> None:
        if self.path != "/":
            return super().do_GET()
        content = b"<!doctype html><title>A shop</title><h1>A shop</h1>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: Any) -> None:
        return


@contextmanager
def shop_page() -> Iterator[str]:
    """The address of a shop's page, on another origin than ours; Segment's libraries lie beside it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


ANALYTICS_JS = "node_modules/@segment/analytics-next/dist/umd/index.js"
# What a shop's page does with the library: it is told one host and finds the rest there.
LOAD = """async ([host, key, user, product]) => {
    const analytics = window.AnalyticsNext.AnalyticsBrowser.load({ writeKey: key, cdnURL: host });
    const failures = [];
    analytics.on("error", error => failures.push(String(error.reason)));
    await analytics.page("Home");
    await analytics.identify(user, { age: 30 });
    await analytics.track("Product Viewed", { product_id: product });
    await analytics.track("Product Viewed", { product_id: product });
    return failures;
}"""
# The same by hand, as analytics.js has done it through the years.
BY_HAND = """async ([host, key, user, product]) => {
    const event = (name, more) => JSON.stringify({
        event: name, userId: user, messageId: crypto.randomUUID?.() ?? String(Math.random()), writeKey: key,
        properties: { product_id: product }, sentAt: new Date().toISOString(), timestamp: new Date().toISOString(),
        integrations: {}, context: null, ...more,
    });
    const answers = [];
    const post = (path, body, more) => fetch(host + path, { method: "POST", body, ...more }).then(async r => [
        r.status, await r.json()]);
    answers.push(await post("/v1/t", event("Product Viewed"), {
        keepalive: true, headers: { "Content-Type": "text/plain" } }));
    answers.push(await post("/v1/t", event("Product Viewed", { writeKey: undefined }), {
        headers: { "Content-Type": "text/plain", Authorization: "Basic " + btoa(key + ":"), "X-Retry-Count": "1" } }));
    answers.push(await post("/v1/t", event("Product Viewed"), {
        credentials: "include", headers: { "Content-Type": "application/json" } }));
    answers.push(navigator.sendBeacon(host + "/v1/t", event("Product Viewed")));
    answers.push(navigator.sendBeacon(host + "/v1/b", new Blob(
        [JSON.stringify({ batch: [{ ...JSON.parse(event("Product Viewed")), type: "track" }], writeKey: key })],
        { type: "application/json" })));
    return answers;
}"""
