#!/usr/bin/env python3
"""Starts the real executables and prints what they do in a second, each figure with its command and a baseline.

    Benchmarks/run.py [--smoke] [--only PART,…]: replay, latency, stream, live, requests, wire, store, output, operators, queries,
                       indicators, marketstore
                      [--binary PATH] [--store-bench PATH]
                      [--output-bench PATH] [--wire-bench PATH] [--shared DIR] [--market DIR]

Needs a C compiler; `wrk` and `nginx` where they are installed. Everything runs on loopback and in a temporary folder.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bench.indicators import measure_indicators
from bench.latency import measure_latency
from bench.live import measure_live
from bench.machine import measure_machine
from bench.marketstore import measure_marketstore
from bench.operators import measure_operators
from bench.output import measure_output
from bench.report import Report
from bench.replay import measure_replay
from bench.requests import measure_requests
from bench.store import measure_store
from bench.stream import measure_stream
from bench.tools import BUILT, ROOT, Tools, add_arguments
from bench.wire import measure_wire
from QueryBench.side_by_side import measure_queries

PARTS = {
    "replay": measure_replay,
    "latency": measure_latency,
    "stream": measure_stream,
    "requests": measure_requests,
    "wire": measure_wire,
    "store": measure_store,
    "output": measure_output,
    "operators": measure_operators,
    "queries": measure_queries,
    "indicators": measure_indicators,
    "live": measure_live,
    "marketstore": measure_marketstore,
}
# Parts with an executable of their own, which do not start the gateway.
IN_PROCESS = {"wire", "store", "output", "operators", "indicators", "live"}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    store_bench = os.environ.get("TICKGATE_STORE_BENCH", BUILT / "StoreBench")
    output_bench = os.environ.get("TICKGATE_OUTPUT_BENCH", BUILT / "OutputBench")
    wire_bench = os.environ.get("TICKGATE_WIRE_BENCH", BUILT / "WireBench")
    operator_bench = os.environ.get("TICKGATE_OPERATOR_BENCH", BUILT / "OperatorBench")
    live_bench = os.environ.get("TICKGATE_LIVE_BENCH", BUILT / "LiveBench")
    stream_bench = os.environ.get("TICKGATE_STREAM_BENCH", BUILT / "StreamBench")
    shared = os.environ.get("TICKGATE_SHARED", ROOT.parent / "shared")
    add_arguments(parser)
    parser.add_argument("--shared", type=Path, default=shared, help="folder of the recordings (default: %(default)s)")
    parser.add_argument("--store-bench", type=Path, default=store_bench, help="the store's own (default: %(default)s)")
    parser.add_argument("--output-bench", type=Path, default=output_bench, help="the writers' (%(default)s)")
    parser.add_argument("--wire-bench", type=Path, default=wire_bench, help="the codecs' (default: %(default)s)")
    parser.add_argument("--operator-bench", type=Path, default=operator_bench, help="the operators' (%(default)s)")
    parser.add_argument("--live-bench", type=Path, default=live_bench, help="continuous queries' (default: %(default)s)")
    parser.add_argument("--stream-bench", type=Path, default=stream_bench, help="the stream's (%(default)s)")
    parser.add_argument("--market", type=Path, help="raw columns with meta.json (default: made by the shared generator)")
    parser.add_argument("--only", default=",".join(PARTS), help="parts to run (default: %(default)s)")
    return parser.parse_args()


def main():
    options = parse_arguments()
    chosen = options.only.split(",")
    if not IN_PROCESS.issuperset(chosen) and not Path(options.binary).is_file():
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
