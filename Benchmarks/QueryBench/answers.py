"""Answers in one form, whoever gave them, to compare them and to tell them apart by a hash."""

import csv
import hashlib
import io
import json
from dataclasses import dataclass

import numpy
import pyarrow
import pyarrow.ipc

# Sums of the same doubles in another order differ in their last digits.
TOLERANCE = 1e-9
NO_INTEGER = numpy.iinfo(numpy.int64).min
KINDS = {"timestamp": "time", "int64": "integer", "float64": "real", "symbol": "text", "string": "text"}


@dataclass(frozen=True)
class Answer:
    """Columns of equal length, each a pair of its kind ("time", "integer", "real" or "text") and an array."""

    columns: list

    @property
    def kinds(self):
        return [kind for kind, _ in self.columns]

    @property
    def row_count(self):
        return len(self.columns[0][1]) if self.columns else 0

    def sorted(self):
        """The same rows by all columns that are exact, the first of which counts most."""
        keys = [values for kind, values in self.columns if kind != "real"]
        if not keys:
            return self
        order = numpy.lexsort(keys[::-1])
        return Answer([(kind, values[order]) for kind, values in self.columns])

    def digest(self):
        """Sixteen digits that differ if any value does."""
        digest = hashlib.sha256()
        for kind, values in self.columns:
            content = "\n".join(values).encode() if kind == "text" else values.tobytes()
            digest.update(kind.encode() + content)
        return digest.hexdigest()[:16]


def difference(answer, expected):
    """What is wrong with an answer, in words; None if nothing is."""
    if answer.kinds != expected.kinds:
        return f"columns {answer.kinds}, expected {expected.kinds}"
    if answer.row_count != expected.row_count:
        return f"{answer.row_count} rows, expected {expected.row_count}"
    for column, ((kind, values), (_, wanted)) in enumerate(zip(answer.columns, expected.columns)):
        if kind == "real":
            is_equal = numpy.isclose(values, wanted, rtol=TOLERANCE, atol=0, equal_nan=True)
        else:
            is_equal = values == wanted
        if not numpy.all(is_equal):
            row = int(numpy.argmin(is_equal))
            return f"row {row}, column {column}: {values[row]}, expected {wanted[row]}"
    return None


def from_json(body):
    """The JSON document of a query."""
    document = json.loads(body)
    kinds = [KINDS[column["type"]] for column in document["columns"]]
    return from_texts(kinds, document["rows"])


def from_csv(body, kinds):
    """CSV with a header, which does not tell the types."""
    _, *rows = csv.reader(io.StringIO(body.decode()))
    return from_texts(kinds, [[cell or None for cell in row] for row in rows])


def from_arrow_bytes(body):
    """An Arrow file, or a stream."""
    is_file = body.startswith(b"ARROW1")
    with pyarrow.ipc.open_file(body) if is_file else pyarrow.ipc.open_stream(body) as reader:
        return from_arrow(reader.read_all())


def from_texts(kinds, rows):
    """Rows whose values are Python's own, or text; None is null."""
    columns = zip(*rows) if rows else [()] * len(kinds)
    return Answer([(kind, array(kind, values)) for kind, values in zip(kinds, columns)])


def array(kind, values):
    """The values of one column."""
    if kind == "time":
        texts = ["NaT" if value is None else value.removesuffix("Z") for value in values]
        return numpy.array(texts, "datetime64[ns]").astype("int64")
    if kind == "integer":
        return numpy.array([NO_INTEGER if value is None else int(value) for value in values], "int64")
    if kind == "real":
        return numpy.array([numpy.nan if value is None else float(value) for value in values], "float64")
    return numpy.array(["" if value is None else value for value in values], "str")


def from_arrow(table):
    """An Arrow table."""
    return Answer([arrow_column(column) for column in table.columns])


def arrow_column(column):
    """The kind and the values of one column."""
    type_ = column.type
    if pyarrow.types.is_timestamp(type_):
        times = column.cast(pyarrow.timestamp("ns")).cast(pyarrow.int64())
        return "time", times.fill_null(NO_INTEGER).to_numpy()
    if pyarrow.types.is_integer(type_):
        return "integer", column.cast(pyarrow.int64()).fill_null(NO_INTEGER).to_numpy()
    if pyarrow.types.is_floating(type_) or pyarrow.types.is_decimal(type_):
        return "real", column.cast(pyarrow.float64()).fill_null(numpy.nan).to_numpy()
    return "text", numpy.array(column.cast(pyarrow.string()).fill_null("").to_pylist(), "str")
