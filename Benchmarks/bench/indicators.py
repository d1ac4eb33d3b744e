"""Each indicator over bars in the engine, beside TA-Lib's own C functions over arrays of the same size."""

import json
import subprocess
import time

from .operators import cell

SERIES, ROWS = 20, 50_000
#: Of a measurement of TA-Lib; the fastest counts.
REPEATS = 5


def measure_indicators(tools, report):
    report.section("Indicators in process, beside TA-Lib")
    if not tools.operator_bench.is_file():
        raise SystemExit(f"{tools.operator_bench} does not exist; run `make bench`, or name it with --operator-bench")
    command = [tools.operator_bench, "--json", "--indicators", *(["--smoke"] if tools.is_smoke else [])]
    report.command("OperatorBench", *command[1:])
    result = subprocess.run([*map(str, command)], capture_output=True, text=True, env=tools.environment)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    if result.returncode != 0 and not lines:
        raise SystemExit(result.stderr)
    oracle = talib_times()
    if oracle is None:
        report.note("TA-Lib is not installed (`pip install TA-Lib`): nothing to compare with")
    report.note("nanoseconds of processor time a row of 1 M; one thread; the engine makes the bars as well, see the first line")
    rows = []
    for line in lines:
        other = (oracle or {}).get(line["name"])
        ratio = line["ns"] / other if other and "ns" in line else None
        rows.append((line["name"], cell(line.get("ns")), cell(other), cell(ratio), line.get("failure", "")))
    report.table(["indicator", "ns", "TA-Lib ns", "×", "failure"], rows)
    if failures := [f"{line['name']}: {line['failure']}" for line in lines if "failure" in line]:
        raise SystemExit("\n".join(failures))


def talib_times():
    """Nanoseconds a row by the names that queries use; None without TA-Lib."""
    try:
        import numpy
        import talib
        from talib import abstract
    except ImportError:
        return None
    random = numpy.random.default_rng(42)
    opens = 100 + numpy.cumsum(random.normal(0, 0.05, ROWS))
    size = random.uniform(0.001, 5, ROWS)
    bars = {"open": opens, "high": opens + size, "low": opens - size, "close": opens + 0.01, "volume": size,
            "periods": size}
    times = {}
    for name in talib.get_functions():
        function = abstract.Function(name)
        fastest = min(timed(function, bars) for _ in range(REPEATS))
        times[query_name(name)] = fastest / (SERIES * ROWS) * 1e9
    return times


def timed(function, bars):
    begin = time.process_time()
    for _ in range(SERIES):
        function(bars)
    return time.process_time() - begin


def query_name(name):
    """What a query calls a function of TA-Lib."""
    if name.startswith("CDL"):
        return "cdl_" + name[3:].lower()
    plain = name.lower()
    return "ta_" + plain if plain in {"beta", "correl", "stddev", "var", "avgdev", "percentile", "percentrank"} else plain
