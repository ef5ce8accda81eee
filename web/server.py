"""Serves the page on this machine alone."""

import hashlib
import http.server
import urllib.parse

from kerascolor.web import site

HOST = "127.0.0.1"
TYPES = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "png": "image/png",
    "svg": "image/svg+xml",
    "tflite": "application/octet-stream",
    "wasm": "application/wasm",
    "webmanifest": "application/manifest+json",
}
HEADERS = {
    "Content-Security-Policy": f"{site.CONTENT_POLICY}; frame-ancestors 'none'",
    # These two let WebAssembly use threads.
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    # Asked for again each time, and answered with 304 unless it has changed.
    "Cache-Control": "no-cache",
}


class Server(http.server.ThreadingHTTPServer):
    """Serves the site's files, and nothing else, on 127.0.0.1.

    Args:
        port: The port; 0 for any that is free.

    Raises:
        OSError: The port can't be had.
        presets.PresetError: A model is missing or damaged.
    """

    daemon_threads = True

    def __init__(self, port):
        self.files = {f"/{name}": content for name, content in site.files().items()}
        self.files["/"] = self.files["/index.html"]
        super().__init__((HOST, port), Handler)
        # A page of another name that leads to this machine must not read what is served here.
        self.names = {f"{name}:{self.server_port}" for name in (HOST, "localhost")}

    @property
    def url(self):
        return f"http://{HOST}:{self.server_port}/"


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers GET and HEAD."""

    protocol_version = "HTTP/1.1"
    server_version = "kerascolor"
    sys_version = ""

    def do_GET(self):
        self._answer(with_content=True)

    def do_HEAD(self):
        self._answer(with_content=False)

    def log_message(self, *_):
        """Says nothing of each request."""

    def _answer(self, with_content):
        if self.headers.get("Host") not in self.server.names:
            self._send(421, b"this server has another name", "text/plain", with_content)
            return
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        content = self.server.files.get(path)
        if content is None:
            self._send(404, b"there is no such file", "text/plain", with_content)
            return
        if not isinstance(content, bytes):
            content = content.read_bytes()
        tag = f'"{hashlib.sha256(content).hexdigest()}"'
        if self.headers.get("If-None-Match") == tag:
            self._send(304, b"", None, with_content, ETag=tag)
            return
        extension = "html" if path == "/" else path.rpartition(".")[2]
        kind = TYPES.get(extension, "text/plain; charset=utf-8")
        self._send(200, content, kind, with_content, ETag=tag)

    def _send(self, status, content, kind, with_content, **more):
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in {**HEADERS, **more}.items():
            self.send_header(name, value)
        self.end_headers()
        if with_content:
            self.wfile.write(content)
