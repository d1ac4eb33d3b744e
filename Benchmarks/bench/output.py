"""The writers of answers, in one process: OutputBench, beside row writers as one writes them first."""

import json

from .store import row

COLUMNS = ("figure", "value", "unit", "goal", "baseline", "ratio", "check")


def measure_output(tools, report):
    report.section("Answers in every format")
    if not tools.output_bench.is_file():
        raise SystemExit(f"{tools.output_bench} does not exist; run `make bench`, or name it with --output-bench")
    command = [tools.output_bench, "--json"]
    if tools.is_smoke:
        command.append("--smoke")
    report.command("OutputBench", *command[1:])
    report.note("one thread, by its own clock; rows of a time, a symbol and five numbers; `check` is of the bytes")
    figures = [json.loads(line) for line in tools.run(*command).splitlines()]
    report.table(COLUMNS, [row(figure) for figure in figures])
