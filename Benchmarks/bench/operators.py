"""Each operator of the query engine alone, in one process, beside a plain C loop over the same arrays: OperatorBench."""

import json
import subprocess

from .store import short

# What a line may know, and what the table calls it.
MEASURES = (("ns", "ns"), ("instructions", "instr"), ("cycles", "cycles"))


def measure_operators(tools, report):
    report.section("Operators in process, beside plain loops")
    if not tools.operator_bench.is_file():
        raise SystemExit(f"{tools.operator_bench} does not exist; run `make bench`, or name it with --operator-bench")
    command = [tools.operator_bench, "--json", *(["--smoke"] if tools.is_smoke else [])]
    report.command("OperatorBench", *command[1:])
    result = subprocess.run([*map(str, command)], capture_output=True, text=True, env=tools.environment)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    if result.returncode != 0 and not lines:
        raise SystemExit(result.stderr)
    measures = [(key, name) for key, name in MEASURES if any(key in line for line in lines)]
    if len(measures) == 1:
        report.note("no hardware counters on this machine: nanoseconds of processor time are all there is")
    report.note("a row of the 1 M trades of 20 series, or a query where there is no loop; one thread, no statistics")
    header = ["question", *(name for _, name in measures), *(f"loop {name}" for _, name in measures)]
    # Times are compared only where nothing better is counted.
    compared = measures[1:] or measures
    header += [*(f"× {name}" for _, name in compared), "per", "answer"]
    report.table(header, [row(line, measures, compared) for line in lines])
    if failures := [f"{line['name']}: {line['failure']}" for line in lines if "failure" in line]:
        raise SystemExit("\n".join(failures))


def row(line, measures, compared):
    """The cells of a question."""
    cells = [cell(line.get(prefix + key)) for prefix in ("", "loop_") for key, _ in measures]
    cells += [cell(line[key] / line["loop_" + key] if "loop_" + key in line else None) for key, _ in compared]
    return line["name"], *cells, line["per"], "failed" if "failure" in line else line["answer"]


def cell(value):
    """A figure, or nothing where there is none."""
    return "" if value is None else short(value)
