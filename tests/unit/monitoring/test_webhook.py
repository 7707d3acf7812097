"""The webhook against real servers with a certificate of their own."""

import json
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from analytics.errors import InputError
from analytics.monitoring.alerts import Alert
from analytics.monitoring.webhook import WebhookError, post_alerts

ALERT = Alert("freshness", None, ("data",), 9.0, 7.0, "The data are old.", "s1")


class Receiver(BaseHTTPRequestHandler):
    """Keeps what it is sent, and answers as its path says."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, self.headers["Content-Type"], body))
        if self.path == "/slow":
            time.sleep(1.0)
        status = {"/elsewhere": 307, "/broken": 500}.get(self.path, 200)
        self.send_response(status)
        if status == 307:
            self.send_header("Location", "/inner")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    command = [
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
        "-keyout", "key.pem", "-out", "cert.pem",
    ]  # fmt: skip
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("no openssl to make a certificate with")
    return folder


@pytest.fixture
def server(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadingHTTPServer]:
    made = ThreadingHTTPServer(("localhost", 0), Receiver)
    made.received = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    made.socket = context.wrap_socket(made.socket, server_side=True)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    yield made
    made.shutdown()
    made.server_close()


def address(server: ThreadingHTTPServer, path: str) -> str:
    return f"https://localhost:{server.server_port}{path}"


def test_alerts_arrive_as_one_json_document(server) -> None:
    post_alerts(address(server, "/hook?key=secret"), [ALERT], timeout_s=5)
    ((path, kind, body),) = server.received
    assert (path, kind) == ("/hook?key=secret", "application/json")
    assert json.loads(body) == {"alerts": [ALERT.to_dict()]}


def test_a_redirect_is_not_followed(server) -> None:
    with pytest.raises(WebhookError, match=r"answered with status 307\. It sends elsewhere"):
        post_alerts(address(server, "/elsewhere"), [ALERT], timeout_s=5)
    assert [path for path, *_ in server.received] == ["/elsewhere"]


def test_an_error_of_the_host_and_a_slow_one_are_said(server) -> None:
    with pytest.raises(WebhookError, match="localhost answered with status 500"):
        post_alerts(address(server, "/broken"), [ALERT], timeout_s=5)
    with pytest.raises(WebhookError, match="cannot be reached: ReadTimeoutError"):
        post_alerts(address(server, "/slow"), [ALERT], timeout_s=0.2)


def test_a_certificate_that_nobody_vouches_for_is_refused(server, monkeypatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(WebhookError, match="cannot be reached: SSLError") as raised:
        post_alerts(address(server, "/hook?key=secret"), [ALERT], timeout_s=5)
    assert "secret" not in str(raised.value)
    assert server.received == []


@pytest.mark.parametrize("url", ["http://localhost/hook", "https://", "file:///etc/passwd", "x"])
def test_only_https_will_do(url: str) -> None:
    with pytest.raises(InputError, match="no HTTPS address"):
        post_alerts(url, [ALERT], timeout_s=1)


def test_nobody_at_the_door() -> None:
    with pytest.raises(WebhookError, match="cannot be reached"):
        post_alerts("https://localhost:9/hook", [ALERT], timeout_s=1)
