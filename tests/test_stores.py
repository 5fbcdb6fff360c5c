"""Books and runs on stores: the figures of this machine's own disk, and what may go wrong there.

``memory://`` and ``file://`` go through the same library as S3, HDFS and the rest; S3 itself is
spoken to where a server of it can be started here (moto), by processes of a cluster too.
"""

from __future__ import annotations

import errno
import json
import logging
import socket
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from conftest import run
from parquet_bank import GROUPS, bank, files_of
from webhdfs import WebHDFS

from carbonledger import __main__ as main
from carbonledger.cli.log import Log
from carbonledger.config import load_config
from carbonledger.issues import Held, Unavailable
from carbonledger.reading import store_folders
from carbonledger.runs import Store
from carbonledger.scale import units
from carbonledger.scale.local import account
from carbonledger.scale.many import account_on
from carbonledger.workflow.seal import Refused, Sealing, code_digest, seal

fsspec = pytest.importorskip("fsspec", reason="the extra [stores] is not installed")
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
CONFIG = """\
entity: {{zh: 示例银行, en: Example Bank}}
period: 2025
currency: CNY
standards: [pboc-2021, pcaf-2025]
exclusions: {{pboc-2021: {{min_average_balance: 5万元, per: customer}}}}
books:
  loans: {{file: "{0}/loans-*.parquet", unit: 元}}
  investments: {{file: "{0}/investments.csv", unit: 元}}
  counterparties: {{file: "{0}/counterparties.csv", unit: 元}}
"""


@pytest.fixture(scope="module")
def s3() -> Iterator[None]:
    """A server that speaks S3, and the environment that leads there."""
    server_of = pytest.importorskip("moto.server", reason="moto is not installed")
    pytest.importorskip("s3fs", reason="s3fs is not installed")
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = server_of.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "AKIANOBODY")
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        fsspec.filesystem("s3").mkdir("bank")
        yield
    server.stop()


@pytest.fixture
def hadoop() -> Iterator[WebHDFS]:
    """What speaks WebHDFS as a NameNode of Hadoop does."""
    with WebHDFS() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


SECRET = "not-to-be-seen-anywhere"


def put(folder: Path, url: str) -> None:
    """The books of a folder onto a store."""
    store, path = fsspec.url_to_fs(url)
    store.mkdirs(path, exist_ok=True)
    for book in folder.glob("*.*"):
        store.pipe_file(f"{path}/{book.name}", book.read_bytes())


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bank(tmp_path_factory.mktemp("books") / "bank")


def working(tmp_path: Path, url: str) -> Path:
    """A working folder whose books lie on a store."""
    (folder := tmp_path / "working").mkdir()
    (folder / "carbonledger.yaml").write_text(CONFIG.format(url), "utf-8")
    return folder


def manifest(folder: Path) -> Any:
    (found,) = folder.glob("runs/*/manifest.json")
    return json.loads(found.read_bytes())["predicate"]


@pytest.mark.parametrize("kind", ["memory", "file", "s3", "webhdfs"])
def test_books_on_a_store_give_the_run_of_this_machine(
    books: Path, tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    if kind == "s3":
        request.getfixturevalue("s3")
    url = {"memory": "memory://bank", "file": tmp_path.joinpath("disk").as_uri(),
           "s3": "s3://bank/books"}.get(kind)  # fmt: skip
    url = url or request.getfixturevalue("hadoop").url + "/bank"
    put(books, url)
    folder = working(tmp_path, url)
    said = run("run", folder, "--no-reports")
    assert said.exit_code == 0, said.output
    assert run("run", books, "--no-reports", "--out", tmp_path / "runs").exit_code == 0
    here, there = manifest(tmp_path), manifest(folder)
    assert there["figures_id"] == here["figures_id"]
    assert there["fingerprints"] == here["fingerprints"]
    assert [f["sha256"] for f in there["inputs"]["files"]] == [
        f["sha256"] for f in here["inputs"]["files"]]  # fmt: skip
    for part in ("entries", "totals"):
        ((a,), (b,)) = (f.glob(f"runs/*/{part}") for f in (tmp_path, folder))
        assert files_of(a) == files_of(b)
    assert run("verify", folder, "--replay").exit_code == 0


@pytest.mark.parametrize("kind", ["memory", "file", "s3", "webhdfs"])
def test_a_run_is_sealed_on_a_store(
    books: Path, tmp_path: Path, kind: str, request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    if kind == "s3":
        request.getfixturevalue("s3")
    else:
        monkeypatch.setattr(store_folders, "CHUNK", 1000)  # a large file goes piece by piece
    url = {"memory": "memory://out/runs", "file": tmp_path.joinpath("out", "runs").as_uri(),
           "s3": "s3://bank/out/runs"}.get(kind)  # fmt: skip
    url = url or request.getfixturevalue("hadoop").url + "/out/runs"
    store, path = fsspec.url_to_fs(url)
    assert run("run", books, "--no-reports", "--out", tmp_path / "runs").exit_code == 0
    said = run("run", books, "--no-reports", "--out", url, "--json")
    assert said.exit_code == 0, said.output
    here = files_of(tmp_path / "runs")
    there = {p.removeprefix(path + "/"): store.cat_file(p) for p in store.find(path)}
    assert there == here
    (run_id,) = {n.split("/")[0] for n in here if "/" in n}
    assert json.loads(said.stdout)["run_dir"] == f"{url}/{run_id}"
    for target in (url, f"{url}/{run_id}", f"{url}/2025"):
        assert run("verify", target).stdout == run("verify", tmp_path / "runs").stdout


def test_a_cluster_reads_and_writes_on_a_store(
    books: Path, tmp_path: Path, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Processes that share no disk: books, parts and the run lie on the store alone."""
    distributed = pytest.importorskip("distributed", reason="the extra [cluster] is not installed")
    monkeypatch.setattr(units, "UNIT_ROWS", 3 * GROUPS)
    put(books, "s3://bank/books")
    folder = working(tmp_path, "s3://bank/books")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True,
                                  dashboard_address="127.0.0.1:0",
                                  silence_logs=50) as two:  # fmt: skip
        said = run("run", folder, "--no-reports", "--out", "s3://bank/shared/runs",
                   "--engine", "dask", "--scheduler", two.scheduler_address)  # fmt: skip
    assert said.exit_code == 0, said.output
    assert run("run", folder, "--no-reports").exit_code == 0
    store = fsspec.filesystem("s3")
    found = store.find("bank/shared/runs")
    there = {p.removeprefix("bank/shared/runs/"): store.cat_file(p) for p in found}
    assert there == files_of(folder / "runs")
    assert not [n for n, c in there.items() if SECRET.encode() in c or b"AKIANOBODY" in c]


# what is not there


def refused(folder: Path, lang: str = "en") -> tuple[int, str]:
    """The exit code, and the one line that is said."""
    said = run("run", folder, "--no-reports", "--lang", lang)
    assert not (folder / "runs").exists()
    assert SECRET not in said.output
    lines = [n for n in said.stderr.splitlines() if n.startswith(("error", "错误"))]
    assert len(lines) == 1, said.output
    return said.exit_code, lines[0]


def with_loans_at(tmp_path: Path, url: str) -> Path:
    tmp_path.mkdir(exist_ok=True)
    folder = bank(tmp_path / "working", 50)
    text = (folder / "carbonledger.yaml").read_text("utf-8")
    (folder / "carbonledger.yaml").write_text(text.replace("loans-*.parquet", url), "utf-8")
    return folder


@pytest.mark.parametrize("url", ["s3://no-such-bucket/loans.parquet",
                                 "s3://no-such-bucket/loans-*.parquet",
                                 "memory://none/loans.csv", "memory://none/*.csv"])  # fmt: skip
def test_what_is_not_on_the_store(tmp_path: Path, s3: Any, url: str) -> None:
    code, said = refused(with_loans_at(tmp_path, url))
    assert code == 3
    assert f"file_missing  {url}: " in said


def raised(said: Any) -> None:
    raise said.exception


class Forbidding(BaseHTTPRequestHandler):
    """A store that lets nobody in."""

    def do_GET(self) -> None:
        words = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
        self.send_response(403)
        self.send_header("Content-Length", str(len(words)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(words)

    do_HEAD = do_PUT = do_GET

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def elsewhere(s3: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Leads to another server of S3, asked once."""
    s3fs = pytest.importorskip("s3fs")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setattr(s3fs.S3FileSystem, "retries", 1)

    def lead(port: int) -> None:
        s3fs.S3FileSystem.clear_instance_cache()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")

    yield lead
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.mark.parametrize("url", ["s3://bank/loans.parquet", "s3://bank/loans-*.parquet"])
def test_a_store_that_does_not_let_in(tmp_path: Path, elsewhere: Any, url: str) -> None:
    with HTTPServer(("127.0.0.1", 0), Forbidding) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        elsewhere(server.server_port)
        code, said = refused(with_loans_at(tmp_path, url))
        with pytest.raises(PermissionError) as left:
            raised(run("run", bank(tmp_path / "bank", 50), "--out", "s3://bank/out"))
        server.shutdown()
    assert code == 3
    assert "file_unreadable" in said
    assert "may not read it" in said
    assert left.value.errno == errno.EACCES, "which leaves with 73"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_store_that_does_not_answer(tmp_path: Path, elsewhere: Any, lang: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        elsewhere(closed.getsockname()[1])
        code, said = refused(with_loans_at(tmp_path, "s3://bank/loans.parquet"), lang)
        out = run("run", bank(tmp_path / "bank", 50), "--out", "s3://bank/out", "--lang", lang)
    assert (code, out.exit_code) == (69, 69)
    assert "store_unavailable" in said
    assert ("请检查网络" if lang == "zh" else "Check the network") in said
    assert not (tmp_path / "working" / "refused").exists()


def test_no_credentials(
    tmp_path: Path, elsewhere: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere(1)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    code, said = refused(with_loans_at(tmp_path, "s3://bank/loans.parquet"))
    assert code == 69
    assert "credentials" in said


@pytest.mark.parametrize("hidden", ["fsspec", None])
def test_a_library_that_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hidden: str | None
) -> None:
    if hidden:
        monkeypatch.setitem(sys.modules, hidden, None)
    url = "s3://bank/loans.parquet" if hidden else "nosuchstore://bank/loans.parquet"
    for command in ("check", "run"):
        said = run(command, with_loans_at(tmp_path / command, url))
        assert said.exit_code == 69
        assert "store_not_installed" in said.stderr
        assert "pip install 'carbonledger[stores]'" in said.stderr


@pytest.mark.parametrize("url", ["hdfs://li:hush-hush@node/loans.parquet",
                                 "https://x.example/l.csv?X-Amz-Signature=hush-hush"])  # fmt: skip
def test_a_secret_in_a_url_is_not_taken(tmp_path: Path, url: str) -> None:
    said = run("run", with_loans_at(tmp_path, url))
    assert said.exit_code == 3
    assert "config_url_secret" in said.stderr
    out = run("run", bank(tmp_path / "bank", 50), "--out", url)
    assert out.exit_code == 2
    shown = [run(*words).output for words in (["verify", url], ["report", url], ["runs", url])]
    assert "hush-hush" not in "".join([said.output, out.output, *shown])


@pytest.mark.parametrize("engine", ["here", "by units"])
@pytest.mark.parametrize("becomes", ["gone", "another"])
def test_a_book_that_is_no_longer_what_was_hashed(
    books: Path, tmp_path: Path, engine: str, becomes: str
) -> None:
    put(books, "memory://moving")
    folder = working(tmp_path, "memory://moving")
    memory, loans = fsspec.filesystem("memory"), "/moving/loans-1.parquet"
    config, _ = load_config(folder)
    assert config is not None

    def later(ready: Any, out: Any, progress: Any) -> Any:
        content = memory.cat_file(loans)
        memory.rm(loans)
        if becomes == "another":
            memory.pipe_file(loans, content[:4] + content[4:])
        if engine == "here":
            return account(ready, out, progress)
        return account_on(lambda todo: map(units.work, todo), code_digest, ready, out, progress)

    store = Store(folder / "runs", folder / "refused")
    found = seal(config, folder, 2025, store, {}, Sealing(None, engine=later))
    assert isinstance(found, Refused)
    wrong = [i for i in found.issues if i.severity == "error"]
    assert len(wrong) == 1, wrong
    issue = wrong[0]
    assert (issue.code, issue.place.file) == ("file_changed", f"memory:/{loans}")
    assert not list((folder / "runs").glob("2025-*"))


# runs on a store


@pytest.fixture
def memory() -> Any:
    """A store of this process, empty."""
    store = fsspec.filesystem("memory")
    store.store.clear()
    store.pseudo_dirs[:] = [""]
    return store


def test_one_writer_at_a_time(books: Path, memory: Any) -> None:
    memory.pipe_file("/out/runs/.lock", b"")
    with pytest.raises(Held, match=r"memory://out/runs/[.]lock") as held:
        raised(run("run", books, "--no-reports", "--out", "memory://out/runs"))
    assert main._cannot_write(held.value, Log()) == 75
    assert memory.find("/out") == ["/out/runs/.lock"], "the other's lock stays"


@pytest.mark.parametrize("fails", ["entries", "manifest.json", "ledger.jsonl", ".unfinished"])
def test_a_store_that_takes_no_more_has_no_run(
    books: Path, memory: Any, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    """Wherever it stops: nothing is left, or what the next run takes up again."""
    kind = type(memory)
    write_file, pipe = kind.put_file, kind.pipe_file

    def full(*args: Any) -> None:
        if any(fails in str(a) for a in args[:3]):
            raise OSError("quota exceeded")

    def put_full(self: Any, here: str, there: str, *more: Any, **how: Any) -> None:
        full(there)
        write_file(self, here, there, *more, **how)

    def pipe_full(self: Any, path: str, content: bytes, *more: Any, **how: Any) -> None:
        full(path)
        pipe(self, path, content, *more, **how)

    with monkeypatch.context() as patch:
        patch.setattr(kind, "put_file", put_full)
        patch.setattr(kind, "pipe_file", pipe_full)
        if fails == ".unfinished":
            patch.setattr("carbonledger.cli.run._engine", units_here)
        said = run("run", books, "--no-reports", "--out", "memory://out/runs")
    assert isinstance(said.exception, OSError)
    assert said.exception.errno == errno.EIO, "which leaves with 73"
    assert "quota exceeded" in str(said.exception)
    left = {p.split("/")[-1] for p in memory.find("/out")}
    assert not left or (fails == "ledger.jsonl" and {".ledger-next", "manifest.json"} <= left)
    assert run("run", books, "--no-reports", "--out", "memory://out/runs").exit_code == 0
    assert run("verify", "memory://out/runs").exit_code == 0
    assert [p for p in memory.find("/out") if "/." in p] == []


def units_here(engine: str, scheduler: str | None, shared: str | None, *_: Any) -> Any:
    def engine_(ready: Any, folder: Path, progress: Any) -> Any:
        place = f"{shared}/{folder.parent.name}"
        mapper = lambda todo: map(units.work, todo)
        return account_on(mapper, code_digest, ready, folder, progress, place)

    return engine_


def test_on_hadoop_one_writer_at_a_time_and_the_chain_is_never_half_there(
    books: Path, hadoop: WebHDFS
) -> None:
    url = f"{hadoop.url}/out/runs"
    hadoop.files.update({"/out": None, "/out/runs": None, "/out/runs/.lock": None})
    with pytest.raises(Held):
        raised(run("run", books, "--no-reports", "--out", url))
    assert sorted(hadoop.files) == ["/", "/out", "/out/runs", "/out/runs/.lock"]
    del hadoop.files["/out/runs/.lock"]
    assert run("run", books, "--no-reports", "--out", url).exit_code == 0
    # A writer was killed after the old chain went and before the new one had its name.
    hadoop.files["/out/runs/ledger.jsonl.new"] = hadoop.files.pop("/out/runs/ledger.jsonl")
    assert run("run", books, "--no-reports", "--out", url, "--new-only").exit_code == 99
    assert run("verify", url).exit_code == 0
    assert not [p for p in hadoop.files if "/." in p or p.endswith(".new")]


@pytest.mark.parametrize(("failure", "exits"), [
    ((500, "StandbyException", "this NameNode stands by"), 69),
    ((403, "AccessControlException", "Permission denied: user=li"), 73),
])  # fmt: skip
@pytest.mark.parametrize("op", ["OPEN", "CREATE"])
def test_hadoop_that_fails_in_the_middle(
    books: Path, tmp_path: Path, hadoop: WebHDFS, op: str, failure: Any, exits: int
) -> None:
    put(books, f"{hadoop.url}/bank")
    folder = working(tmp_path, f"{hadoop.url}/bank")
    before = dict(hadoop.files)
    asked: list[str] = []

    def fails(what: str, path: str) -> Any:
        asked.append(path)
        return failure if what == op and ("loans" in path or "entries" in path) else None

    hadoop.fails = fails
    said = run("run", folder, "--no-reports", "--out", f"{hadoop.url}/out/runs")
    if said.exception is not None and not isinstance(said.exception, SystemExit):
        assert isinstance(said.exception, PermissionError), said.exception
        assert main._cannot_write(said.exception, Log()) == exits
    else:
        assert said.exit_code == (3 if exits == 73 else exits), said.output
        wrong = [n.split(": ")[0] for n in said.stderr.splitlines() if n.startswith("error")]
        assert len(wrong) == len(set(wrong)) == (2 if exits == 73 else 1), "a line a file"
    hadoop.fails = lambda *_: None
    assert {p: c for p, c in hadoop.files.items() if c is not None and "/out" in p} == {}
    assert {p: c for p, c in hadoop.files.items() if "/bank" in p} == {
        p: c for p, c in before.items() if "/bank" in p}  # fmt: skip
    assert run("run", folder, "--no-reports", "--out", f"{hadoop.url}/out/runs").exit_code == 0


def test_a_store_that_goes_while_it_is_held_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """That its lock stays is no news of its own: the next writer is told what to delete."""
    def gone(url: str) -> None:
        raise Unavailable("store_unavailable", url, reason="connection refused")

    place = "memory://goes/runs"

    def writes() -> None:
        with store_folders.held(place):
            monkeypatch.setattr(store_folders, "cleared", gone)
            raise Unavailable("store_unavailable", "memory://goes/loans.parquet", reason="first")

    with pytest.raises(Unavailable) as said:
        writes()
    assert said.value.issue.value == "memory://goes/loans.parquet"
    with pytest.raises(Held, match=r"goes/runs/\.lock"):
        store_folders.held(place).__enter__()


def test_what_a_killed_writer_left_goes(books: Path, memory: Any) -> None:
    memory.pipe_file("/out/2025-0123abcd/entries/pcaf-2025.parquet", b"half")
    memory.pipe_file("/out/.unfinished-x/000001/pcaf-2025", b"half")
    memory.pipe_file("/out/others/kept.txt", b"not ours")
    assert run("run", books, "--no-reports", "--out", "memory://out").exit_code == 0
    folders = {p.split("/")[2] for p in memory.find("/out") if p.count("/") > 2}
    assert len(folders) == 2
    assert "others" in folders
    assert "2025-0123abcd" not in folders


def test_a_refused_book_leaves_nothing_on_the_store(tmp_path: Path, memory: Any) -> None:
    folder = with_loans_at(tmp_path, "nowhere-*.parquet")
    assert run("run", folder, "--out", "memory://out/runs").exit_code == 3
    assert memory.find("/out") == []
    assert list((folder / "refused").iterdir())


def test_what_becomes_of_a_run_on_a_store(books: Path, memory: Any) -> None:
    url = "memory://out"
    assert run("run", books, "--no-reports", "--out", f"{url}/runs").exit_code == 0
    again = run("run", books, "--no-reports", "--out", f"{url}/runs", "--new-only")
    assert again.exit_code == 99
    for words in (["check", "2025", "--by", "Wang"], ["publish", "2025", "--by", "Wang"]):
        said = run("runs", url, *words)
        assert said.exit_code == 0, said.output
    assert "published" in run("runs", url).stdout
    assert run("verify", url).exit_code == 0
    assert run("report", f"{url}/runs/2025", "--format", "md").stdout.startswith("#")
    prune = run("runs", url, "prune", "--before", "2030")
    assert prune.exit_code == 2
    assert "none on a store" in prune.output
    events = [json.loads(n)["event"] for n in memory.cat_file("/out/runs/ledger.jsonl").split(b"\n")
              if n]  # fmt: skip
    assert events == ["sealed", "checked", "published"]
    entries = next(p for p in memory.find("/out") if p.endswith("entries/pcaf-2025.parquet"))
    memory.pipe_file(entries, memory.cat_file(entries)[:-1] + b"x")
    spoilt = run("verify", url)
    assert spoilt.exit_code == 5
    assert "verify_changed" in spoilt.output
    assert run("verify", f"{url}/runs/2031").exit_code == 2
    assert f"{url}/runs/2031" in run("verify", f"{url}/runs/2031").output


def test_a_name_on_a_store_leads_nowhere_else(books: Path, memory: Any, tmp_path: Path) -> None:
    assert run("run", books, "--no-reports", "--out", "memory://out").exit_code == 0
    run_id = next(p for p in memory.find("/out") if p.endswith("manifest.json")).split("/")[2]
    memory.pipe_file(f"/out/{run_id}/../../../{tmp_path.name}-out", b"x")
    memory.pipe_file(f"/out/{run_id}/books/..\\..\\out", b"x")
    assert run("verify", "memory://out").exit_code == 0
