"""Prints how the cost of a question grows with rows, with symbols, and with the range of time that is asked about."""

import json
import shutil
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from bench.report import number

from .answers import TOLERANCE
from .compare import parameters
from .market import SYMBOLS, TABLES, market
from .questions import QUESTIONS, RANGE_QUESTIONS
from .server import Refused, path, serving
from .side_by_side import label
from .timing import in_turns, milliseconds

RANGES = (
    ("1 s", timedelta(seconds=1)),
    ("1 min", timedelta(minutes=1)),
    ("1 h", timedelta(hours=1)),
    ("1 d", timedelta(days=1)),
    ("5 d", timedelta(days=5)),
)
# What a row of trades takes at most while it is loaded: in the WAL, and in segments before and after they are merged.
ROW_BYTES = 40


@dataclass(frozen=True)
class Size:
    """The size of a market."""

    rows: int
    symbols: int = SYMBOLS
    tables: tuple = TABLES


class Growth:
    """One run: where data is kept, and how often a question is asked."""

    def __init__(self, tools, report, only, data):
        self.tools, self.report = tools, report
        self.folder = data or tools.folder
        self.runs = tools.size(3, 1)
        self.rows = tools.size(10_000_000, 100_000)
        self.questions = [q for q in QUESTIONS if q.grows and (only is None or q.number in only)]
        self.refusals = {}

    def market(self, size):
        return market(self.tools, self.folder, size.rows, size.symbols, size.tables, has_columns=False)

    def with_rows(self):
        """A tenth of the rows, all, and ten times as many trades if there is room."""
        self.report.section("How queries grow with rows")
        sizes = [Size(self.rows // 10), Size(self.rows)]
        most = Size(10 * self.rows, tables=("trades",))
        if shutil.disk_usage(self.folder).free > most.rows * ROW_BYTES:
            sizes.append(most)
        else:
            self.report.note(f"{number(most.rows)} rows are left out: there is too little room in {self.folder}")
        self.table({f"{number(size.rows)} rows": size for size in sizes})

    def with_symbols(self):
        """The same number of rows in more and more series."""
        self.report.section(f"How queries of {number(self.rows)} rows grow with symbols")
        counts = self.tools.size((SYMBOLS, 200, 2_000, 20_000), (SYMBOLS, 200, 2_000))
        self.table({f"{number(count)} symbols": Size(self.rows, count) for count in counts})

    def with_range(self):
        """More and more time from the first midnight."""
        self.report.section(f"How queries of {number(self.rows)} rows grow with the range of time")
        made = self.market(Size(self.rows))
        first = made.summary["tables"]["trades"]["first_time"]
        start = datetime.fromtimestamp(first // 10**9, timezone.utc).replace(hour=0, minute=0, second=0, tzinfo=None)
        lines = []
        with serving(self.tools, made) as server:
            symbol = parameters(server, made)["symbol"]
            for title, text in RANGE_QUESTIONS:
                ends = [(start + length).isoformat() for _, length in RANGES]
                texts = [text.format(symbol=symbol, start=start.isoformat(), end=end) for end in ends]
                lines.append((title, *(self.cost(server, title, text) for text in texts)))
        self.report.table(("question", *(name for name, _ in RANGES)), lines)

    def table(self, sizes):
        """A line a question, a column a market. Each market is made when its turn comes."""
        columns = [["question", *(label(question) for question in self.questions)]]
        for name, size in sizes.items():
            print(f"{name} …", file=sys.stderr, flush=True)
            columns.append([name, *self.costs(self.market(size))])
        header, *lines = zip(*columns)
        self.report.table(header, lines)

    def costs(self, made):
        """The cost of each question that a market has the tables for."""
        with serving(self.tools, made) as server:
            check(server, made)
            named = parameters(server, made)
            return [self.cost_of_question(server, question, made, named) for question in self.questions]

    def cost_of_question(self, server, question, made, named):
        if not question.tables <= set(made.tables):
            return "–"
        return self.cost(server, question.title, question.tickgate.format(**named))

    def cost(self, server, title, text):
        """Milliseconds by the clock, and of the processor."""
        target = path(text, "json")
        try:
            server.get(target)
            (cost,) = in_turns(self.runs, (lambda: server.get(target), server.cpu_seconds))
        except Refused as refusal:
            self.refusals.setdefault(title, refusal)
            return "failed"
        return f"{milliseconds(cost.seconds)} / {milliseconds(cost.cpu_seconds_per_call)}"


def check(server, made):
    """Compares what is stored with the sums that MarketLoader took while it made the rows."""
    trades = made.summary["tables"]["trades"]
    wanted = [trades["rows"], trades["sums"]["size"], trades["maxima"]["price"]]
    found = json.loads(server.ask("SELECT count(), sum(size), max(price) FROM trades"))["rows"][0]
    if any(abs(value - other) > TOLERANCE * other for value, other in zip(found, wanted)):
        raise SystemExit(f"{made.folder}: {found} is stored, {wanted} was written")


def measure_growth(tools, report, only=None, data=None):
    """Tickgate alone, over markets of several sizes."""
    growth = Growth(tools, report, only, data)
    report.note("each cell: ms by the client's clock / ms of the server's processor time")
    growth.with_rows()
    growth.with_symbols()
    growth.with_range()
    for title, refusal in growth.refusals.items():
        report.note(f"{title}: {refusal}")
