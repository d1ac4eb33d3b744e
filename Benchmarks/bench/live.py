"""What continuous queries cost beside the built-in features of the same events, in one process: LiveBench."""

from .report import number


def measure_live(tools, report):
    report.section("Continuous queries beside the built-in features, in one process")
    if not tools.live_bench.is_file():
        raise SystemExit(f"{tools.live_bench} does not exist; run `make bench`, or name it with --live-bench")
    command = [tools.live_bench, *(["--smoke"] if tools.is_smoke else [])]
    report.command("LiveBench", *command[1:])
    rows = [line.split("\t") for line in tools.run(*command).splitlines()]
    report.note("trades into bars of a minute; µs from frame to feature, and from frame to delta, at a pace")
    report.note("queries of `every` instrument of four, of the `one` that there is, and each of its `own`")
    header = ("of", "queries", "subscribers", "events/s", "µs/event", "paced at", "feature p50", "p99", "delta p50", "p99")
    report.table(header, [(row[0], *(cell_value(cell) for cell in row[1:])) for row in rows])


def cell_value(cell):
    if cell == "-":
        return ""
    return number(float(cell), 1) if "." in cell else number(int(cell))
