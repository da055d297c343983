"""What the download of a large resource costs: the server's memory, and the time.

One server process, a file of 200 MB by default, and five people's browsers that fetch
it at the same time, in ranges, as download managers do. The peak memory is the
kernel's own count of the server process, set to zero before the downloads.
"""

from __future__ import annotations

import hashlib
import http.cookiejar
import itertools
import re
import time
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.harness import Bench, Goal, Report
from engine.cluster import free_port
from engine.console import step

from . import inside

SIZES = (200,)  # MB
AT_ONCE = 5
RANGES = 4  # of each download
CHUNK = 256 * 1024
MOST_MB = 40
KILOBYTES = 1024
COLUMNS = ("MB", "downloads", "requests", "seconds", "MB/s", "added MB", "correct")


def measure(bench: Bench) -> Report:
    """Fetch files of each size, and look at the server's memory meanwhile."""
    report = Report("Parallel downloads of one resource, in ranges", COLUMNS)
    with bench.database("suite") as database:
        for size in bench.sizes:
            with step(f"a file of {size:,} MB"):
                made = bench.inside(database, inside.make_resource, megabytes=size)
            server = bench.odoo.serve(database, free_port(), "--max-cron-threads=0")
            try:
                report.rows.append(_download(server, made, size))
            finally:
                server.stop()
    for row in report.rows:
        report.goals.append(
            Goal(
                f"added memory, {AT_ONCE} downloads of {row['MB']} MB",
                f"<= {MOST_MB} MB",
                f"{row['added MB']:.1f} MB",
                row["added MB"] <= MOST_MB,
            )
        )
        report.goals.append(
            Goal("every byte arrived", "yes", row["correct"], row["correct"] == "yes")
        )
    report.notes.append(
        "Added MB: the highest resident memory of the server process during the "
        "downloads, less what it held before, once it had answered the same requests "
        "in small."
    )
    return report


def _download(server, made: dict, size: int) -> dict:
    """Fetch one file several times at once.

    :param server: the running server
    :param made: see ``inside.make_resource``
    :param size: of the file, in MB
    :return: a row of the table
    """
    url = f"{server.url}/my/resources/{made['resource']}/download"
    openers = [_sign_in(server.url, login) for login in made["logins"]]
    # whatever is loaded once is loaded: a page, and the first and last bytes
    for opener in openers:
        _read(opener, f"{server.url}/my/resources")
        _read(opener, url, 0, CHUNK)
    process = Path(f"/proc/{server.process.pid}")
    before = _memory(process, "VmRSS")
    (process / "clear_refs").write_text("5")  # sets the peak to what is held now
    length = made["length"]
    edges = [length * part // RANGES for part in range(RANGES + 1)]
    started = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        digests = list(pool.map(lambda opener: _fetch(opener, url, edges), openers))
    seconds = time.perf_counter() - started
    added = _memory(process, "VmHWM") - before
    correct = all(digest == made["digest"] for digest in digests)
    return {
        "MB": size,
        "downloads": len(digests),
        "requests": len(digests) * RANGES,
        "seconds": round(seconds, 2),
        "MB/s": round(size * len(digests) / seconds),
        "added MB": max(added, 0.0),
        "correct": "yes" if correct else "NO",
    }


def _fetch(opener: urllib.request.OpenerDirector, url: str, edges: list[int]) -> str:
    """Fetch all ranges of a file in turn.

    :param opener: signed in
    :param url: of the file
    :param edges: where the ranges begin and end
    :return: the digest of all that arrived
    """
    digest = hashlib.sha256()
    for begin, end in itertools.pairwise(edges):
        _read(opener, url, begin, end, digest)
    return digest.hexdigest()


def _read(opener, url: str, begin: int = 0, end: int = 0, digest=None) -> None:
    """Read an answer piece by piece, so that this process stays small as well."""
    request = urllib.request.Request(url)
    if end:
        request.add_header("Range", f"bytes={begin}-{end - 1}")
    with opener.open(request, timeout=600) as answer:
        while chunk := answer.read(CHUNK):
            if digest:
                digest.update(chunk)


def _sign_in(url: str, login: str) -> urllib.request.OpenerDirector:
    """Sign in as a browser does.

    :param url: of the server
    :param login: of the person; the password is the same
    :return: an opener that keeps the session
    """
    opener = urllib.request.build_opener(
        urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    )
    with opener.open(f"{url}/web/login", timeout=600) as answer:
        page = answer.read().decode()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    data = {"csrf_token": token[1], "login": login, "password": login}
    form = urllib.parse.urlencode(data).encode()
    opener.open(f"{url}/web/login?redirect=/my/resources", form, timeout=600).close()
    return opener


def _memory(process: Path, name: str) -> float:
    """A line of the kernel's status of a process, in MB."""
    status = (process / "status").read_text()
    return int(re.search(rf"^{name}:\s+(\d+)", status, re.MULTILINE)[1]) / KILOBYTES
