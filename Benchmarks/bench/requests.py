"""Requests a second of the latest features over REST, beside static answers of the same size in the same run."""

import contextlib
import re
import shutil

from .report import number
from .tools import answers, free_port, get

SYMBOL = "BTC-USDT"
CONNECTIONS = 32


def measure_requests(tools, report):
    report.section("Latest features over REST")
    if shutil.which("wrk") is None:
        report.note("skipped: wrk is not installed (apt-get install wrk)\n")
        return
    seconds = tools.size(5, 1)
    port = free_port()
    with contextlib.ExitStack() as stack:
        running, command = tools.gateway(
            port, tools.folder / "requests", "--feed", "simulated", "--symbols", SYMBOL, "--set", "simulated.rate=100"
        )
        report.command("tickgate", *command)
        stack.enter_context(running)
        path = f"/v1/features/{SYMBOL}.BINANCE"
        while not answers(port, path):
            pass
        body = get(port, path)[1]
        targets = [(f"GET {path}", port, path), ("GET /health/live (static, same server)", port, "/health/live")]
        if shutil.which("nginx"):
            other = stack.enter_context(nginx(tools, body))
            targets.append(("nginx, static file of the same size", other, "/answer.json"))
        else:
            report.note("nginx is not installed: no foreign baseline")
        measured = []
        for name, at, target in targets:
            wrk = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", f"http://127.0.0.1:{at}{target}"]
            report.command(*wrk)
            measured.append((name, len(get(at, target)[1]), *parse(tools.run(*wrk))))
    base = measured[0][2]
    rows = [(n, number(b), number(r), p50, p99, errors, f"{base / r:.2f}") for n, b, r, p50, p99, errors in measured]
    report.table(("request", "body bytes", "requests/s", "p50", "p99", "errors", "features / this"), rows)


def parse(output):
    """(requests a second, p50, p99, errors) of wrk's report."""
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])
    p50, p99 = (re.search(rf"{q}%\s+(\S+)", output)[1] for q in (50, 99))
    other = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    return rate, p50, p99, int(other[1]) if other else 0


@contextlib.contextmanager
def nginx(tools, body):
    """One nginx worker that serves `body` as a file; its port."""
    folder, port = tools.folder / "nginx", free_port()
    folder.mkdir()
    (folder / "answer.json").write_bytes(body)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"user root; worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/error.log;\n"
        "events { worker_connections 256; }\n"
        f"http {{ {temporary} access_log off; keepalive_requests 1000000; types {{ application/json json; }}\n"
        f"  server {{ listen 127.0.0.1:{port}; root {folder}; }} }}\n"
    )
    arguments = ["nginx", "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"]
    with tools.running(*arguments, ready=lambda: answers(port, "/answer.json")):
        yield port
