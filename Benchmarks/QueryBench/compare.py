"""One question to both: do the answers agree, and what does each cost."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from . import answers
from .server import Refused, path
from .timing import Cost, in_turns

NOON = "2024-01-03T12:00:00"
DAY = timedelta(days=1)


@dataclass
class Outcome:
    """What became of a question; without costs there is a complaint."""

    complaint: str | None = None
    digest: str = ""
    own: Cost | None = None
    duck: Cost | None = None

    def meets(self, goal):
        """Whether a goal is reached; a question that failed reaches none."""
        return self.complaint is None and goal.is_met(self.own.seconds, self.duck.seconds)


def parameters(server, market):
    """What the texts name: a symbol that is neither rare nor frequent, a day of its, and a second with a trade."""
    symbol = market.symbols[len(market.symbols) * 7 // 20]
    noon = datetime.fromisoformat(NOON)
    text = f"SELECT time FROM trades WHERE symbol = '{symbol}' AND time >= '{NOON}' LIMIT 1"
    second = datetime.fromisoformat(server.first_value(text)[: len(NOON)])
    return {
        "symbol": symbol,
        "day": noon.date().isoformat(),
        "next_day": (noon + DAY).date().isoformat(),
        "second": second.isoformat(),
        "next_second": (second + timedelta(seconds=1)).isoformat(),
    }


def compare(question, server, duck, named, runs):
    """Warms both up, compares the answers, then times both in turns."""
    target = path(question.tickgate.format(**named), question.form)
    text = question.duckdb.format(**named)
    ask_duck = duck_call(question, duck, text)
    try:
        body = server.get(target)
        ask_duck()
        answer, expected = read(body, question.form, duck.arrow(text))
        if not question.is_ordered:
            answer, expected = answer.sorted(), expected.sorted()
        if complaint := answers.difference(answer, expected):
            return Outcome(f"another answer than DuckDB's: {complaint}")
        timed = [(lambda: server.get(target), server.cpu_seconds), (ask_duck, duck.cpu_seconds)]
        return Outcome(None, answer.digest(), *in_turns(runs, *timed))
    except Refused as refusal:
        return Outcome(str(refusal))
    except (ValueError, KeyError) as error:
        return Outcome(f"an answer that cannot be read: {error!r}")


def duck_call(question, duck, text):
    """What a user of DuckDB would do to have the answer in that form."""
    if not question.is_large:
        return lambda: duck.rows(text)
    if question.form == "arrow":
        return lambda: duck.arrow(text)
    return lambda: duck.copy(text, question.form)


def read(body, form, table):
    """Tickgate's answer and DuckDB's."""
    expected = answers.from_arrow(table)
    if form == "csv":
        return answers.from_csv(body, expected.kinds), expected
    if form == "arrow":
        return answers.from_arrow_bytes(body), expected
    return answers.from_json(body), expected
