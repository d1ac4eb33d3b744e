"""The store on its own, in one process: StoreBench, beside DuckDB's file of the same rows."""

import json
import subprocess
import sys
from pathlib import Path

from .report import number

GENERATOR = Path("tools") / "gen_market_data.py"
COLUMNS = ("figure", "value", "unit", "goal", "limit of the machine", "ratio", "check")


def measure_store(tools, report):
    report.section("The store in process")
    if not tools.store_bench.is_file():
        raise SystemExit(f"{tools.store_bench} does not exist; run `make bench`, or name it with --store-bench")
    market = market_data(tools, report)
    command = [tools.store_bench, "--json", "--data", tools.folder]
    if market is not None:
        command += ["--market", market]
    if tools.is_smoke:
        command.append("--smoke")
    report.command("StoreBench", *command[1:])
    report.note("`missed` is a goal that was not reached; `check` is the same whenever the answer is")
    figures = [json.loads(line) for line in tools.run(*command).splitlines()]
    report.table(COLUMNS, [row(figure) for figure in figures])
    if market is not None:
        measure_duckdb(tools, report, market, figures)


def row(figure):
    goal = figure.get("goal", "") + ("" if figure.get("reached", True) else " missed")
    limit = f"{figure['limit']} {short(figure['limit_value'])} {figure['limit_unit']}" if "limit" in figure else ""
    ratio = short(figure["ratio"]) if "ratio" in figure else ""
    return figure["name"], short(figure["value"]), figure["unit"], goal, limit, ratio, figure.get("check", "")


def short(value):
    """About four digits."""
    return number(value, 0 if abs(value) >= 1_000 else 1 if abs(value) >= 100 else 2 if abs(value) >= 1 else 4)


def market_data(tools, report):
    """A directory of raw columns: the one that was named, or made by the shared generator; else None."""
    if tools.market is not None:
        return tools.market
    generator = tools.shared / GENERATOR
    if generator.is_file():
        target, rows = tools.folder / "market", tools.size(10_000_000, 100_000)
        command = [sys.executable, generator, target, rows]
        result = subprocess.run([*map(str, command)], stdout=tools.log, stderr=tools.log)
        if result.returncode == 0:
            report.command(GENERATOR, "DIR", rows)
            return target
    report.note(f"{generator} cannot be run: StoreBench generates rows of the same shape itself")
    return None


def measure_duckdb(tools, report, market, figures):
    """Sizes of DuckDB's files, with the store's beside them."""
    script = Path(__file__).with_name("duckdb_size.py")
    report.command("bench/duckdb_size.py", "MARKET", "DIR")
    rows_max = tools.size(10_000_000, 100_000)
    command = [sys.executable, script, market, tools.folder, rows_max]
    result = subprocess.run([*map(str, command)], capture_output=True, text=True)
    if result.returncode != 0:
        report.note(f"skipped: {result.stderr.strip().splitlines()[-1]}\n")
        return
    sizes = {figure["name"]: figure["value"] for figure in figures}
    rows = []
    for found in map(json.loads, result.stdout.splitlines()):
        own = sizes.get(f"size of {found['table']}, smallest")
        per_row = found["bytes"] / found["rows"]
        ratio = short(own / per_row) if own is not None else ""
        rows.append((f"{found['table']}, {found['numbers']}", short(per_row), ratio))
    report.table((f"DuckDB {found['version']}", "bytes/row", "the store's / this"), rows)
