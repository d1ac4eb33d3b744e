#!/usr/bin/env python3
"""Starts the real executables and prints what they do in a second, each figure with its command and a baseline.

    Benchmarks/run.py [--smoke] [--only replay,latency,requests,store] [--binary PATH] [--store-bench PATH] [--shared DIR]
                      [--market DIR]

Needs a C compiler; `wrk` and `nginx` where they are installed. Everything runs on loopback and in a temporary folder.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bench.latency import measure_latency
from bench.machine import measure_machine
from bench.report import Report
from bench.replay import measure_replay
from bench.requests import measure_requests
from bench.store import measure_store
from bench.tools import Tools

ROOT = Path(__file__).resolve().parents[1]
PARTS = {"replay": measure_replay, "latency": measure_latency, "requests": measure_requests, "store": measure_store}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    built = ROOT / ".build" / "release"
    binary = os.environ.get("TICKGATE_BIN", built / "tickgate")
    store_bench = os.environ.get("TICKGATE_STORE_BENCH", built / "StoreBench")
    shared = os.environ.get("TICKGATE_SHARED", ROOT.parent / "shared")
    parser.add_argument("--binary", type=Path, default=binary, help="the executable (default: %(default)s)")
    parser.add_argument("--shared", type=Path, default=shared, help="folder of the recordings (default: %(default)s)")
    parser.add_argument("--store-bench", type=Path, default=store_bench, help="the store's own (default: %(default)s)")
    parser.add_argument("--market", type=Path, help="raw columns with meta.json (default: made by the shared generator)")
    parser.add_argument("--only", default=",".join(PARTS), help="parts to run (default: %(default)s)")
    parser.add_argument("--smoke", action="store_true", help="tiny sizes: shows that it works, measures nothing")
    return parser.parse_args()


def main():
    options = parse_arguments()
    chosen = options.only.split(",")
    if chosen != ["store"] and not Path(options.binary).is_file():
        sys.exit(f"{options.binary} does not exist; run `make build`, or name it with --binary")
    if unknown := set(chosen) - set(PARTS):
        sys.exit(f"unknown part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    with tempfile.TemporaryDirectory(prefix="tickgate-bench-") as folder:
        tools = Tools(options, Path(folder))
        report = Report(options.smoke)
        measure_machine(tools, report)
        for part in chosen:
            PARTS[part](tools, report)
        report.end()


if __name__ == "__main__":
    main()
