"""Talks to query-probe: tables in, answers to queries out."""

import json
import math
import subprocess

_NUMBERS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class Table:
    """A table of events: columns as (name, type), rows in order of arrival."""

    def __init__(self, name, columns, rows, series="symbol"):
        self.name = name
        self.columns = columns
        self.rows = rows
        self.series = series

    def as_json(self):
        return {
            "name": self.name,
            "time": "time",
            "series": self.series,
            "columns": [list(column) for column in self.columns],
            "rows": [[_to_json(value) for value in row] for row in self.rows],
        }


class Refused(Exception):
    """The engine answered with an error."""


class Probe:
    """One running query-probe."""

    def __init__(self, binary):
        self._process = subprocess.Popen([binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def load(self, tables, seed=0):
        self._ask({"tables": [table.as_json() for table in tables], "seed": seed})

    def query(self, text, setup=None):
        """Column types and rows; `setup` numbers the ways in which the engine can go about it."""
        request = {"query": text} if setup is None else {"query": text, "setup": setup}
        answer = self._ask(request)
        types = [type_ for _, type_ in answer["columns"]]
        return types, [tuple(map(_from_json, types, row)) for row in answer["rows"]]

    def close(self):
        self._process.stdin.close()
        self._process.wait(timeout=10)

    def _ask(self, request):
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError(f"query-probe ended with status {self._process.wait(timeout=10)} at {request}")
        answer = json.loads(line)
        if "error" in answer:
            raise Refused(f"{answer['error']}: {answer['message']}")
        return answer


def _to_json(value):
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def _from_json(type_, value):
    if type_ == "float64" and value is not None:
        return _NUMBERS[value] if isinstance(value, str) else float(value)
    return value
