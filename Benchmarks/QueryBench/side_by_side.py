"""Prints what each question costs Tickgate and DuckDB, and whether they agree."""

import platform
import sys
import tempfile
from pathlib import Path

import duckdb

from bench.report import number

from .compare import compare, parameters
from .duck import THREADS, Duck, memory_folder
from .market import market
from .questions import QUESTIONS
from .server import serving
from .timing import in_turns, milliseconds

RUNS = 5
COLUMNS = ("question", "Tickgate ms", "CPU ms", "DuckDB ms", "CPU ms", "ratio", "goal", "", "answer")


def measure_queries(tools, report, only=None, data=None):
    """Asks all questions, or those of some numbers; ends the program if one was refused or the answers differ."""
    report.section("Queries over HTTP, beside DuckDB")
    questions = [question for question in QUESTIONS if only is None or question.number in only]
    made = market(tools, data or tools.folder, tools.size(10_000_000, 100_000))
    tell_versions(tools, report, made)
    runs = tools.size(RUNS, 1)
    lines, complaints, met = [], [], 0
    with tempfile.TemporaryDirectory(dir=memory_folder()) as folder, serving(tools, made) as server:
        duck = Duck(made, Path(folder))
        named = parameters(server, made)
        tell_floor(report, server, runs)
        tell_texts(report, questions, named)
        for question in questions:
            print(f"{label(question)} …", file=sys.stderr, flush=True)
            outcome = compare(question, server, duck, named, runs)
            lines.append(line(question, outcome))
            met += outcome.meets(question.goal)
            if outcome.complaint:
                complaints.append(f"{label(question)}: {outcome.complaint}")
    report.table(COLUMNS, lines)
    report.note(f"medians of {runs} runs in turns, after one to warm up; CPU: processor time of the process a question")
    report.note(f"{met} of {len(questions)} goals are met")
    for complaint in complaints:
        report.note(complaint)
    if complaints:
        raise SystemExit(f"{len(complaints)} of {len(questions)} questions have no answer that agrees with DuckDB's")


def tell_versions(tools, report, made):
    """Versions, and the size of the data."""
    version = tools.run(tools.binary, "--version").strip()
    report.note(f"Tickgate {version}")
    report.note(f"DuckDB {duckdb.__version__}, in memory, {THREADS} threads; Python {platform.python_version()}")
    for name, table in made.summary["tables"].items():
        report.note(f"{name}: {number(table['rows'])} rows, {len(made.symbols)} symbols, {made.summary['days']} days")


def tell_floor(report, server, runs):
    """What a request costs that asks for nothing, the client's part of it included."""
    (cost,) = in_turns(runs, (lambda: server.get("/health/live"), server.cpu_seconds))
    report.note(f"GET /health/live over the same connection: {milliseconds(cost.seconds)} ms")


def tell_texts(report, questions, named):
    """What is asked, in both languages."""
    for question in questions:
        report.note("")
        report.note(label(question))
        report.note(f"    Tickgate: {question.tickgate.format(**named)}")
        report.note(f"    DuckDB:   {question.duckdb.format(**named)}")


def label(question):
    """How a question is named in the tables."""
    return f"{question.number:>2} {question.title}"


def line(question, outcome):
    """The cells of a question."""
    if outcome.complaint:
        return (label(question), "", "", "", "", "", question.goal, "failed", "")
    own, duck = outcome.own, outcome.duck
    return (
        label(question),
        milliseconds(own.seconds),
        milliseconds(own.cpu_seconds_per_call),
        milliseconds(duck.seconds),
        milliseconds(duck.cpu_seconds_per_call),
        f"{duck.seconds / own.seconds:,.1f}",
        question.goal,
        "met" if outcome.meets(question.goal) else "missed",
        outcome.digest,
    )
