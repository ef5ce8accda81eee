"""The server of `kerascolor web`, and the files that it serves."""

import hashlib
import http.client
import signal
import subprocess
import sys
import urllib.parse

import pytest

from kerascolor import presets
from kerascolor.commands import main
from kerascolor.web import site


def ask(address, path, method="GET", **headers):
    """The response to a request, and its content."""
    connection = http.client.HTTPConnection(*address)
    connection.request(method, path, headers=headers)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response, content


def test_every_file_of_the_page_is_served(web_address):
    for name, content in site.files().items():
        expected = content if isinstance(content, bytes) else content.read_bytes()
        response, given = ask(web_address, f"/{name}")
        assert (response.status, given) == (200, expected)
    assert ask(web_address, "/")[1] == ask(web_address, "/index.html")[1]
    assert ask(web_address, "/js/app.js")[0].getheader("Content-Type").startswith("text/javascript")


@pytest.mark.parametrize(
    "path", ["/../server.py", "/js", "/js/", "/%2e%2e/server.py", "//etc/passwd", "/weights/"]
)
def test_nothing_else_is_served(web_address, path):
    assert ask(web_address, path)[0].status == 404


def test_only_its_own_names_are_answered(web_address):
    port = web_address[1]
    for host in (f"127.0.0.1:{port}", f"localhost:{port}"):
        assert ask(web_address, "/", Host=host)[0].status == 200
    for host in ("evil.example", f"evil.example:{port}", "127.0.0.1", f"127.0.0.1:{port}.evil"):
        assert ask(web_address, "/", Host=host)[0].status == 421


def test_the_headers_isolate_the_page(web_address):
    response, _ = ask(web_address, "/js/worker.js")
    assert response.getheader("Cross-Origin-Opener-Policy") == "same-origin"
    assert response.getheader("Cross-Origin-Embedder-Policy") == "require-corp"
    policy = response.getheader("Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy and "http" not in policy
    # On a host that sends no headers, the page has the policy itself.
    page = (site.PAGE / "index.html").read_text(encoding="utf-8")
    assert f'content="{site.CONTENT_POLICY}"' in page


def test_what_has_not_changed_is_not_sent_again(web_address):
    tag = ask(web_address, "/style.css")[0].getheader("ETag")
    response, content = ask(web_address, "/style.css", **{"If-None-Match": tag})
    assert (response.status, content) == (304, b"")


def test_head_gives_no_content(web_address):
    response, content = ask(web_address, "/style.css", "HEAD")
    assert content == b""
    assert int(response.getheader("Content-Length")) == (site.PAGE / "style.css").stat().st_size


def test_the_libraries_are_those_that_are_pinned():
    lines = (site.PAGE.parent / "libraries.sha256").read_text(encoding="utf-8").splitlines()
    pinned = dict(reversed(line.split()) for line in lines)
    found = [*site.PAGE.glob("litert/*.*"), *site.PAGE.glob("client-zip/*.*")]
    assert {place.relative_to(site.PAGE).as_posix() for place in found} == set(pinned)
    for place in found:
        digest = hashlib.sha256(place.read_bytes()).hexdigest()
        assert digest == pinned[place.relative_to(site.PAGE).as_posix()]


def test_the_site_is_written_for_any_host(tmp_path, capsys):
    assert main.main(["web", "--output", str(tmp_path)]) == 0
    written = {place.relative_to(tmp_path).as_posix() for place in tmp_path.rglob("*.*")}
    assert {"index.html", "models.json", "models/classifier.tflite", "js/app.js"} <= written
    model = (tmp_path / "models" / "unet.tflite").read_bytes()
    assert model == presets.path("unet", "tflite").read_bytes()
    assert f"see {tmp_path}" in capsys.readouterr().out


def test_a_port_that_cant_be_had_is_told_in_a_line(web_address, capsys):
    taken = str(web_address[1])
    for port, reason in ((taken, "can't be had: Address already in use"), ("70000", "0 to 65535")):
        assert main.main(["web", "--no-open", "--port", port]) == 2
        told = capsys.readouterr().err
        assert told.startswith("kerascolor: --port") and told.count("\n") == 1
        assert port in told and reason in told


def test_a_folder_that_cant_be_written_is_told_in_a_line(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main.main(["web", "--output", str(tmp_path / "file")]) == 2
    told = capsys.readouterr().err
    assert told.startswith("kerascolor: --output") and told.count("\n") == 1


def test_the_command_serves_the_page_until_it_is_interrupted():
    command = [sys.executable, "-m", "kerascolor", "web", "--no-open", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        url = urllib.parse.urlsplit(process.stdout.readline().split()[0])
        assert ask((url.hostname, url.port), "/")[0].status == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
