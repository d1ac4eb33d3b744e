"""Each indicator over bars in the engine, beside TA-Lib's own C functions over the same bars."""

import json
import subprocess
import time

from .operators import cell

SERIES, ROWS = 20, 50_000
SMOKE_SERIES, SMOKE_ROWS = 4, 2_000
COLUMNS = ("open", "high", "low", "close", "volume", "periods")
#: Columns for inputs of functions of any two columns.
PAIR = {"price0": "close", "price1": "open"}
#: Of a measurement of TA-Lib; the fastest counts.
REPEATS = 5
#: What the engine may need for one of the loop's.
RATIO_MAX = 3


def measure_indicators(tools, report):
    report.section("Indicators in process, beside TA-Lib")
    if not tools.operator_bench.is_file():
        raise SystemExit(f"{tools.operator_bench} does not exist; run `make bench`, or name it with --operator-bench")
    bars = tools.folder / "bars"
    arguments = ["--json", "--indicators", "--bars", bars, *(["--smoke"] if tools.is_smoke else [])]
    report.command("OperatorBench", *map(str, arguments))
    command = [tools.operator_bench, *arguments]
    result = subprocess.run([*map(str, command)], capture_output=True, text=True, env=tools.environment)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    if result.returncode != 0 and not lines:
        raise SystemExit(result.stderr)
    oracle = talib_times(bars, *((SMOKE_SERIES, SMOKE_ROWS) if tools.is_smoke else (SERIES, ROWS)))
    if oracle is None:
        report.note("TA-Lib is not installed (`pip install TA-Lib`): nothing to compare with")
    report.note("nanoseconds of processor time a row of 1 M; one thread; the engine from the query's text to the number of "
                "values, TA-Lib its function over arrays; what it does not have beside a C loop")
    rows, ratios = [], []
    for line in lines:
        other = line.get("loop_ns") or (oracle or {}).get(line["name"])
        ratio = line["ns"] / other if other and "ns" in line else None
        if ratio is not None:
            ratios.append((ratio, line["name"]))
        rows.append((line["name"], cell(line.get("ns")), cell(other), cell(ratio), line.get("failure", "")))
    report.table(["indicator", "ns", "C ns", "×", "failure"], rows)
    if ratios:
        over = sorted((pair for pair in ratios if pair[0] > RATIO_MAX), reverse=True)
        names = ", ".join(f"{name} {cell(ratio)}" for ratio, name in over) or "none"
        middle = sorted(ratio for ratio, _ in ratios)[len(ratios) // 2]
        report.note(f"{len(ratios)} compared, × {cell(middle)} in the middle; more than × {RATIO_MAX}: {names}")
    if failures := [f"{line['name']}: {line['failure']}" for line in lines if "failure" in line]:
        raise SystemExit("\n".join(failures))


def talib_times(path, series, rows):
    """Nanoseconds a row by the names that queries use; None without TA-Lib."""
    try:
        import numpy
        import talib
        from talib import abstract
    except ImportError:
        return None
    data = numpy.fromfile(path).reshape(len(COLUMNS), series, rows)
    columns = dict(zip(COLUMNS, data))
    times = {}
    for name in talib.get_functions():
        names = list_of_inputs(abstract.Function(name).info["input_names"])
        if not all(each in columns for each in names):
            continue
        function = getattr(talib, name)
        inputs = [[numpy.ascontiguousarray(columns[each][index]) for each in names] for index in range(series)]
        fastest = min(timed(function, inputs) for _ in range(REPEATS))
        times[query_name(name)] = fastest / (series * rows) * 1e9
    return times


def list_of_inputs(info):
    """Columns of bars for the inputs that a function of TA-Lib says it has."""
    names = []
    for key, value in info.items():
        names += value if isinstance(value, (list, tuple)) else [PAIR.get(key, value)]
    return names


def timed(function, inputs):
    begin = time.process_time()
    for arrays in inputs:
        function(*arrays)
    return time.process_time() - begin


def query_name(name):
    """What a query calls a function of TA-Lib."""
    if name.startswith("CDL"):
        return "cdl_" + name[3:].lower()
    plain = name.lower()
    return "ta_" + plain if plain in {"beta", "correl", "stddev", "var", "avgdev", "percentile", "percentrank"} else plain
