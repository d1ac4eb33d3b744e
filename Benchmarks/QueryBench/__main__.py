"""Asks Tickgate over HTTP and DuckDB in process the same questions over the same rows; compares answers, then times.

    python Benchmarks/QueryBench [--smoke] [--only 3,8] [--growth | --leaving] [--data DIR]
                                 [--binary PATH] [--market-loader PATH]

Ends with 1 if a question was refused or answers differ; goals that are missed are only told.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.machine import measure_machine
from bench.report import Report
from bench.tools import Tools, add_arguments

from QueryBench.growth import measure_growth
from QueryBench.leaving import measure_leaving
from QueryBench.side_by_side import measure_queries


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    parser.add_argument("--only", type=numbers, help="numbers of the questions to ask (default: all)")
    parser.add_argument("--growth", action="store_true", help="how costs grow with rows, symbols and range, instead")
    parser.add_argument("--leaving", action="store_true", help="how soon queries end that nobody waits for, instead")
    parser.add_argument("--data", type=Path, help="folder in which data is kept for the next run (default: temporary)")
    return parser.parse_args()


def numbers(text):
    """Numbers with commas between them."""
    return [int(part) for part in text.split(",")]


def main():
    options = parse_arguments()
    with tempfile.TemporaryDirectory(prefix="query-bench-") as folder:
        tools = Tools(options, Path(folder))
        report = Report(options.smoke)
        measure_machine(tools, report)
        measure = measure_growth if options.growth else measure_leaving if options.leaving else measure_queries
        measure(tools, report, options.only, options.data)
        report.end()


if __name__ == "__main__":
    main()
