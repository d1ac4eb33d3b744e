"""What the parts share: compiled helpers, processes that end with the part, and free ports."""

import contextlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[1]
ROOT = SOURCES.parent
BUILT = ROOT / ".build" / "release"
START_SECONDS = 60


def add_arguments(parser):
    """The arguments that every program here takes."""
    binary = os.environ.get("TICKGATE_BIN", BUILT / "tickgate")
    market_loader = os.environ.get("TICKGATE_MARKET_LOADER", BUILT / "MarketLoader")
    parser.add_argument("--binary", type=Path, default=binary, help="the executable (default: %(default)s)")
    parser.add_argument("--market-loader", type=Path, default=market_loader, help="makes data (default: %(default)s)")
    parser.add_argument("--smoke", action="store_true", help="tiny sizes: shows that it works, measures nothing")


def free_port():
    """A loopback port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Tools:
    """Paths and helpers of one run."""

    def __init__(self, options, folder):
        self.options = options
        self.binary, self.market_loader = Path(options.binary).resolve(), Path(options.market_loader).resolve()
        self.folder, self.is_smoke = folder, options.smoke
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("TICKGATE_")}
        self.log = open(folder / "log", "wb")

    @property
    def store_bench(self):
        return Path(self.options.store_bench).resolve()

    @property
    def output_bench(self):
        return Path(self.options.output_bench).resolve()

    @property
    def wire_bench(self):
        return Path(self.options.wire_bench).resolve()

    @property
    def operator_bench(self):
        return Path(self.options.operator_bench).resolve()

    @property
    def live_bench(self):
        return Path(self.options.live_bench).resolve()

    @property
    def stream_bench(self):
        return Path(self.options.stream_bench).resolve()

    @property
    def shared(self):
        return Path(self.options.shared)

    @property
    def market(self):
        return self.options.market

    def size(self, full, smoke):
        """A size for a real run or for a smoke run."""
        return smoke if self.is_smoke else full

    def compiled(self, name):
        """Builds a C helper once; the path of its executable."""
        target = self.folder / name
        if not target.exists():
            compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("clang")
            if compiler is None:
                raise SystemExit("no C compiler; install gcc or clang, or set CC")
            source = SOURCES / f"{name}.c"
            subprocess.run([compiler, "-O2", "-std=gnu11", "-o", target, source, "-lpthread"], check=True)
        return target

    def run(self, *arguments):
        """Runs a command to its end; its output."""
        result = subprocess.run([*map(str, arguments)], capture_output=True, text=True, env=self.environment)
        if result.returncode != 0:
            raise SystemExit(f"{' '.join(map(str, arguments))}\n{result.stdout}{result.stderr}")
        return result.stdout

    @contextlib.contextmanager
    def running(self, *arguments, ready=None):
        """A process that is ended with the block; `ready` is polled until it is true."""
        process = subprocess.Popen(
            [*map(str, arguments)], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env=self.environment
        )
        try:
            deadline = time.monotonic() + START_SECONDS
            while ready is not None and not ready():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"{' '.join(map(str, arguments))}\ndid not start:\n{self.last_log()}")
                time.sleep(0.02)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def gateway(self, port, data, *more):
        """A running `tickgate serve`, ready; also the command itself."""
        command = ["serve", "--data", data, "--listen", f"127.0.0.1:{port}", "--log-level", "warning", *more]
        return self.running(self.binary, *command, ready=lambda: answers(port, "/health/ready")), command

    def last_log(self):
        self.log.flush()
        return (self.folder / "log").read_bytes()[-3000:].decode(errors="replace")


def answers(port, path):
    """Whether a GET is answered by 200."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        return get(port, path)[0] == 200
    return False


def is_listening(port):
    """Whether a connection is accepted."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def get(port, path, timeout=120):
    """Status and body of a GET."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def get_json(port, path):
    """The document of a GET."""
    status, body = get(port, path)
    if status != 200:
        raise SystemExit(f"GET {path}: {status}: {body[:500].decode(errors='replace')}")
    return json.loads(body)
