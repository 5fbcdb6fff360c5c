"""A NameNode and DataNode in one, as far as WebHDFS is asked: files in memory, by its REST API.

Written from Hadoop's public "WebHDFS REST API"; as there, a file is made empty and then appended
to, data go to another address than names, and a rename takes nobody's place.
"""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

ROOT = "/webhdfs/v1"


class WebHDFS(ThreadingHTTPServer):
    """The server; ``files`` holds bytes by path, None of a folder; ``fails`` answers for it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Names)
        self.files: dict[str, bytes | None] = {"/": None}
        self.fails: Any = lambda op, path: None
        self.times = 0

    @property
    def url(self) -> str:
        return f"webhdfs://127.0.0.1:{self.server_port}"


class Names(BaseHTTPRequestHandler):
    """What clients ask."""

    server: WebHDFS
    protocol_version = "HTTP/1.1"
    wbufsize, disable_nagle_algorithm = -1, True

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, text in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def told(self, **document: Any) -> None:
        self.answer(200, json.dumps(document).encode())

    def wrong(self, status: int, kind: str, words: str) -> None:
        said = {"RemoteException": {"exception": kind, "message": words}}
        self.answer(status, json.dumps(said).encode())

    def one(self) -> None:
        parts = urlsplit(self.path)
        asked = {k: v[0] for k, v in parse_qs(parts.query).items()}
        path = unquote(parts.path).removeprefix(ROOT).rstrip("/") or "/"
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        failure = self.server.fails(asked["op"], path)
        if failure is not None:
            self.wrong(*failure)
        elif asked["op"] in ("OPEN", "CREATE", "APPEND") and "data" not in asked:
            there = f"http://{self.headers['Host']}{self.path}&data=1"
            if asked["op"] != "CREATE" and self.server.files.get(path) is None:
                self.wrong(404, "FileNotFoundException", f"File {path} not found.")
            else:
                self.answer(307, b"", Location=there)
        else:
            getattr(self, asked["op"].lower())(path, asked, body)

    do_GET = do_PUT = do_POST = do_DELETE = one

    def open(self, path: str, asked: Any, body: bytes) -> None:
        first, content = int(asked.get("offset", 0)), self.server.files[path] or b""
        self.answer(200, content[first : first + int(asked.get("length", len(content)))])

    def create(self, path: str, asked: Any, body: bytes) -> None:
        self.mkdirs(path.rpartition("/")[0] or "/", asked, body, answers=False)
        self.server.files[path] = body
        self.answer(201, b"")

    def append(self, path: str, asked: Any, body: bytes) -> None:
        self.server.files[path] = (self.server.files[path] or b"") + body
        self.server.times += 1
        self.answer(200, b"")

    def mkdirs(self, path: str, asked: Any, body: bytes, answers: bool = True) -> None:
        while path not in self.server.files:
            self.server.files[path] = None
            path = path.rpartition("/")[0] or "/"
        if answers:
            self.told(boolean=True)

    def status(self, path: str, name: str) -> dict[str, Any]:
        content = self.server.files[path]
        return {"pathSuffix": name, "type": "DIRECTORY" if content is None else "FILE",
                "length": len(content or b""), "modificationTime": self.server.times}  # fmt: skip

    def getfilestatus(self, path: str, asked: Any, body: bytes) -> None:
        if path not in self.server.files:
            self.wrong(404, "FileNotFoundException", f"File does not exist: {path}")
        else:
            self.told(FileStatus=self.status(path, ""))

    def liststatus(self, path: str, asked: Any, body: bytes) -> None:
        if path not in self.server.files:
            self.wrong(404, "FileNotFoundException", f"File {path} does not exist.")
            return
        found = [p for p in self.server.files if p != "/" and (p.rpartition("/")[0] or "/") == path]
        if self.server.files[path] is not None:
            listed = [self.status(path, "")]
        else:
            listed = [self.status(p, p.rpartition("/")[2]) for p in sorted(found)]
        self.told(FileStatuses={"FileStatus": listed})

    def delete(self, path: str, asked: Any, body: bytes) -> None:
        gone = [p for p in self.server.files if p == path or p.startswith(f"{path}/")]
        for name in gone:
            del self.server.files[name]
        self.told(boolean=bool(gone))

    def rename(self, path: str, asked: Any, body: bytes) -> None:
        files, to = self.server.files, asked["destination"]
        if to in files and files[to] is None:
            to = f"{to}/{path.rpartition('/')[2]}"
        able = path in files and to not in files
        for name in [p for p in files if p == path or p.startswith(f"{path}/")] if able else ():
            files[to + name.removeprefix(path)] = files.pop(name)
        self.told(boolean=able)

    def log_message(self, *_: Any) -> None:
        pass
