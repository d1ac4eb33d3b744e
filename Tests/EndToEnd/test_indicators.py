"""Indicators are those of TA-Lib, row by row, for every function, with several parameters, over series of many kinds.

What TA-Lib has no function for is checked against formulas in pandas. `INDICATOR_SEED=n` looks at other series.
"""

import math
import os
from pathlib import Path

import numpy as np
import pytest
import talib
from talib import abstract

from support import indicator_bars as bars
from support.indicator_cases import BARS, MOMENTUM, OTHERS, OVERLAP, patterns
from support.indicator_formulas import FORMULAS
from support.probe import Probe, Refused, Table

ROOT = Path(__file__).resolve().parents[2]
SEED = int(os.environ.get("INDICATOR_SEED", 1))
#: Of the largest number that goes in or comes out: differences of large numbers have no more.
ERROR_OF_LARGEST = 1e-12
#: Of a value by a formula in pandas.
RELATIVE_ERROR = 1e-9
PATTERNS = patterns(talib.get_function_groups()["Pattern Recognition"])
CASES = OVERLAP + MOMENTUM + OTHERS + PATTERNS
#: Ways in which an execution can be set up: batches of 1, of 3 and large, in memory and over a store.
SETUPS = range(12)


@pytest.fixture(scope="module")
def market():
    path = Path(os.environ.get("QUERY_PROBE", ROOT / ".build" / "release" / "query-probe"))
    if not path.is_file():
        pytest.fail(f"{path} does not exist; build it, or name it in QUERY_PROBE")
    probe = Probe(path)
    series = bars.series(SEED)
    probe.load([Table("bars", bars.COLUMNS, bars.rows(series, np.random.default_rng(SEED)))], SEED)
    yield probe, series
    probe.close()


def expression(name, inputs, parameters):
    arguments = [BARS[each] for each in inputs] + [repr(each) for each in parameters]
    return f"{name}({', '.join(arguments)})"


def answers(probe, text, count, setup=None):
    """Columns of the answer by symbol."""
    query = f"SELECT symbol, {text} FROM bars ORDER BY symbol, time"
    try:
        _, rows = probe.query(query, setup)
    except Refused as error:
        pytest.fail(f"{query}\nrefused: {error}")
    found = {}
    for symbol, *values in rows:
        assert len(values) == count
        columns = found.setdefault(symbol, [[] for _ in range(count)])
        for column, value in zip(columns, values):
            column.append(value)
    return found


def oracle(case, parameters, columns):
    """TA-Lib's columns and how many rows come before their first value."""
    function = abstract.Function(case.oracle)
    names = list(function.info["parameters"])[:len(parameters)]
    function.parameters = dict(zip(names, parameters))
    inputs = [np.ascontiguousarray(columns[BARS[each]]) for each in case.inputs]
    given = getattr(talib, case.oracle)(*inputs, **dict(zip(names, parameters)))
    given = given if isinstance(given, (tuple, list)) else [given]
    return given, function.lookback


def magnitude(case, columns):
    """The largest number that goes into an indicator."""
    return max(np.max(np.abs(columns[BARS[each]])) for each in case.inputs)


def difference(given, expected, lookback, magnitude, tolerance=RELATIVE_ERROR):
    finite = np.abs(expected)[np.isfinite(expected)]
    error = ERROR_OF_LARGEST * max(finite.max() if len(finite) else 0.0, magnitude)
    for row, (value, wanted) in enumerate(zip(given, expected)):
        if row < lookback:
            if value is not None:
                return f"row {row}: {value} before the first value, which is in row {lookback}"
        elif value is None or math.isnan(wanted):
            if value is None or math.isnan(value) != math.isnan(wanted):
                return f"row {row}: {value}, expected {wanted}"
        elif isinstance(value, int):
            if value != wanted:
                return f"row {row}: {value}, expected {wanted}"
        elif not math.isclose(value, wanted, rel_tol=tolerance, abs_tol=error):
            return f"row {row}: {value}, expected {wanted}"
    return None


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case.name for case in CASES])
def test_an_indicator_is_that_of_talib(number, market):
    case = CASES[number]
    probe, series = market
    text = ", ".join(expression(case.name, case.inputs, parameters) for parameters in case.parameters)
    width = max(len(case.outputs), 1)
    found = answers(probe, text, width * len(case.parameters), setup=number)
    problems = []
    for symbol, columns in series.items():
        if symbol in case.without:
            continue
        for index, parameters in enumerate(case.parameters):
            expected, lookback = oracle(case, parameters, columns)
            for output, wanted in enumerate(expected):
                given = found[symbol][index * width + output]
                assert len(given) == len(wanted)
                problem = difference(
                    given, wanted, lookback, case.scale * magnitude(case, columns), case.tolerance
                )
                if problem is not None:
                    problems.append(f"{case.name}{parameters} of {symbol}, output {output}: {problem}")
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("setup", SETUPS)
def test_indicators_do_not_depend_on_how_they_are_executed(setup, market):
    probe, _ = market
    text = "macd(close), rsi(close), adx(high, low, close), cdl_doji(open, high, low, close), sar(high, low), mama(close)"
    assert answers(probe, text, 9, setup) == answers(probe, text, 9)


def test_outputs_can_be_had_alone(market):
    probe, _ = market
    for case in CASES:
        if not case.outputs:
            continue
        whole = expression(case.name, case.inputs, ())
        alone = ", ".join(expression(f"{case.name}_{output}", case.inputs, ()) for output in case.outputs)
        assert answers(probe, whole, len(case.outputs)) == answers(probe, alone, len(case.outputs)), case.name


def test_over_may_partition_as_the_series_do(market):
    probe, _ = market
    for call in ("macd(close)", "rsi(close, 5)", "cdl_engulfing(open, high, low, close)"):
        count = 3 if call.startswith("macd") else 1
        over = f"{call} OVER (PARTITION BY symbol ORDER BY time)"
        assert answers(probe, over, count) == answers(probe, call, count)


def test_every_pattern_is_in_the_bars():
    series = bars.series(SEED)
    found = {
        case.name
        for case in PATTERNS
        if any(np.any(oracle(case, (), columns)[0][0] != 0) for columns in series.values())
    }
    assert found == {case.name for case in PATTERNS}


@pytest.mark.parametrize("formula", FORMULAS, ids=[formula.name for formula in FORMULAS])
def test_an_indicator_is_its_authors_formula(formula, market):
    probe, series = market
    for parameters in formula.parameters:
        count = max(len(formula.outputs), 1)
        found = answers(probe, expression(formula.name, formula.inputs, parameters), count)
        for symbol, columns in series.items():
            inputs = [columns[BARS[each]] for each in formula.inputs]
            expected = formula.compute(*inputs, *parameters)
            for index, (column, wanted) in enumerate(zip(found[symbol], expected)):
                valid = np.flatnonzero(~np.isnan(wanted))
                lookback = int(valid[0]) if len(valid) else len(wanted)
                problem = difference(column, wanted, lookback, magnitude(formula, columns))
                assert problem is None, f"{formula.name}{parameters} of {symbol}, output {index}: {problem}"
