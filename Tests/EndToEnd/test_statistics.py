"""Statistics and volatility aggregates give what pandas, numpy and DuckDB give for the same rows.

Random tables from seeds, with NULL in them; each query runs in several of the ways in which the engine can be set up: in memory
and over a store, in small batches and large, with two threads and one.
"""

import csv
import gzip
import math
import os
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from support.probe import Probe, Refused, Table

ROOT = Path(__file__).resolve().parents[2]
START = 1_723_075_200_000_000_000
COLUMNS = [
    ("time", "timestamp"),
    ("symbol", "symbol"),
    ("price", "float64"),
    ("x", "float64"),
    ("y", "float64"),
    ("n", "int64"),
    ("tag", "symbol"),
    ("ok", "boolean"),
    ("open", "float64"),
    ("high", "float64"),
    ("low", "float64"),
    ("close", "float64"),
]
NAMES = [name for name, _ in COLUMNS]
SETUPS = range(6)


@pytest.fixture(scope="module")
def probe():
    path = Path(os.environ.get("QUERY_PROBE", ROOT / ".build" / "release" / "query-probe"))
    if not path.is_file():
        pytest.fail(f"{path} does not exist; build it, or name it in QUERY_PROBE")
    probe = Probe(path)
    yield probe
    probe.close()


def table(seed, count=300):
    random = np.random.default_rng(seed)
    price, rows = 100.0, []
    for index in range(count):
        open_ = price * random.uniform(0.995, 1.005)
        close = open_ * random.uniform(0.98, 1.02)
        high = max(open_, close) * random.uniform(1, 1.01)
        low = min(open_, close) * random.uniform(0.99, 1)
        price = round(close, 4)
        x = float(np.round(random.normal(), 2))
        row = [
            START + index * 1_000_000_000,
            "AB"[int(random.integers(2))],
            price,
            x,
            float(2 * x + random.normal()),
            int(random.integers(0, 40)),
            "pqrs"[int(random.integers(4))],
            bool(random.integers(2)),
            open_,
            high,
            low,
            close,
        ]
        for place in (3, 4, 5, 6, 7):
            if random.random() < 0.08:
                row[place] = None
        rows.append(row)
    return Table("t", COLUMNS, rows)


def frame(rows):
    return pd.DataFrame({name: [row[index] for row in rows] for index, name in enumerate(NAMES)})


def column(part, *names):
    """Columns as doubles, of the rows in which none is NULL."""
    kept = part[list(names)].dropna()
    values = [kept[name].to_numpy(float) for name in names]
    return values[0] if len(names) == 1 else values


def moments(x):
    d = x - x.mean()
    return [np.mean(d**k) for k in (2, 3, 4)]


def spearman(part):
    kept = part[["x", "y"]].dropna()
    return kept.x.rank().corr(kept.y.rank())


def returns(part):
    return np.diff(np.log(column(part, "price")))


def median_of_three(r):
    return np.median(np.stack([r[2:], r[1:-1], r[:-2]]), axis=0)


def ewma(part, decay):
    r = returns(part)
    variance = r[0] ** 2
    for value in r[1:]:
        variance = decay * variance + (1 - decay) * value**2
    return math.sqrt(variance)


def rogers_satchell(o, h, l, c):
    return np.log(h / c) * np.log(h / o) + np.log(l / c) * np.log(l / o)


def yang_zhang(part):
    o, h, l, c = column(part, "open", "high", "low", "close")
    drift = rogers_satchell(o, h, l, c)[1:].mean()
    n = len(o) - 1
    k = 0.34 / (1.34 + (n + 1) / (n - 1))
    return np.log(o[1:] / c[:-1]).var(ddof=1) + k * np.log(c / o)[1:].var(ddof=1) + (1 - k) * drift


def drawdown(part):
    price = column(part, "price")
    return float((1 - price / np.maximum.accumulate(price)).max())


def bars(formula):
    return lambda part: formula(*column(part, "open", "high", "low", "close"))


def lo_mackinlay(part, q):
    r = returns(part)
    n, mean = len(r), r.mean()
    if n <= q:
        return None
    long = np.log(column(part, "price"))
    long = long[q:] - long[:-q]
    scale = q * (n - q + 1) * (1 - q / n)
    return ((long - q * mean) ** 2).sum() / scale / ((r - mean) ** 2).sum() * (n - 1)


def scaling(sizes, measure):
    points = [(math.log(size), math.log(measure(size))) for size in sizes]
    return None if len(points) < 2 else np.polyfit(*zip(*points), 1)[0]


def doubling(most):
    return [2**k for k in range(4, 30) if 2**k <= most]


def rescaled_range(x):
    def measure(size):
        ratios = []
        for start in range(0, len(x) - size + 1, size):
            block = x[start : start + size]
            path = np.cumsum(block - block.mean())
            ratios.append((path.max() - path.min()) / block.std())
        return np.mean(ratios)

    return scaling(doubling(len(x) // 2), measure)


def detrended_fluctuation(x):
    profile = np.cumsum(x - x.mean())

    def measure(size):
        squares = []
        for start in range(0, len(x) - size + 1, size):
            window, steps = profile[start : start + size], np.arange(size)
            squares.append(np.mean((window - np.polyval(np.polyfit(steps, window, 1), steps)) ** 2))
        return math.sqrt(np.mean(squares))

    return scaling(doubling(len(x) // 4), measure)


def permutation_entropy(x, order):
    patterns = [tuple(np.argsort(x[i : i + order], kind="stable")) for i in range(len(x) - order + 1)]
    shares = pd.Series(patterns).value_counts(normalize=True).to_numpy()
    return max(0, -(shares * np.log(shares)).sum() / math.log(math.factorial(order)))


def half_life(x):
    design = np.column_stack([np.ones(len(x) - 1), x[:-1]])
    slope = np.linalg.lstsq(design, np.diff(x), rcond=None)[0][1]
    return math.log(2) / -slope if slope < 0 else None


def seasonal(part, decay):
    kept = part[["time", "y"]].dropna()
    minutes = (kept.time // 60_000_000_000) % 1440
    earlier = kept.y[minutes == minutes.iloc[-1]].astype(float).iloc[:-1]
    if len(earlier) < 2:
        return None
    weighted = earlier.ewm(alpha=1 - decay)
    return (float(kept.y.iloc[-1]) - weighted.mean().iloc[-1]) / weighted.std(bias=True).iloc[-1]


def decayed(values, decay):
    mean = values[0]
    for value in values[1:]:
        mean = decay * mean + (1 - decay) * value
    return mean


def ewma_correlation(part, decay):
    x, y = column(part, "x", "y")
    return decayed(x * y, decay) / math.sqrt(decayed(x * x, decay) * decayed(y * y, decay))


def hayashi_yoshida(part):
    """By definition: over all pairs of spans."""
    x = part[part.ok.astype(bool)]
    y = part[part.n.astype(float) < 20]
    spans = []
    for ticks, name in ((x, "price"), (y, "close")):
        times, prices = ticks.time.to_numpy(), np.log(ticks[name].to_numpy(float))
        spans.append((times[:-1], times[1:], np.diff(prices)))
    (a, b, r), (c, d, q) = spans
    if not len(r) or not len(q):
        return None
    overlaps = np.maximum.outer(a, c) < np.minimum.outer(b, d)
    return float((np.outer(r, q) * overlaps).sum())


FORMULAS = {
    "variance_ratio(price, 5)": lambda part: lo_mackinlay(part, 5),
    "variance_ratio(price, 1)": lambda part: lo_mackinlay(part, 1),
    "hurst(y)": lambda part: rescaled_range(column(part, "y")),
    "dfa(y)": lambda part: detrended_fluctuation(column(part, "y")),
    "permutation_entropy(x)": lambda part: permutation_entropy(column(part, "x"), 3),
    "permutation_entropy(y, 4)": lambda part: permutation_entropy(column(part, "y"), 4),
    "half_life(y)": lambda part: half_life(column(part, "y")),
    "zscore(y)": lambda part: (lambda y: (y[-1] - y.mean()) / y.std(ddof=1))(column(part, "y")),
    "percentile_rank(x)": lambda part: pd.Series(column(part, "x")).rank(pct=True).iloc[-1],
    "seasonal_zscore(y, 0.9)": lambda part: seasonal(part, 0.9),
    "seasonal_zscore(y)": lambda part: seasonal(part, 0.94),
    "ewma_cov(x, y, 0.94)": lambda part: decayed(np.multiply(*column(part, "x", "y")), 0.94),
    "ewma_corr(x, y, 0.9)": lambda part: ewma_correlation(part, 0.9),
    "hayashi_yoshida(CASE WHEN ok THEN price END, CASE WHEN n < 20 THEN close END)": hayashi_yoshida,
    "skewness(x)": lambda part: part.x.astype(float).skew(),
    "kurtosis(x)": lambda part: part.x.astype(float).kurt(),
    "skew_pop(y)": lambda part: (lambda m2, m3, m4: m3 / m2**1.5)(*moments(column(part, "y"))),
    "kurt_pop(y)": lambda part: (lambda m2, m3, m4: m4 / m2**2 - 3)(*moments(column(part, "y"))),
    "autocorr(y, 1)": lambda part: pd.Series(column(part, "y")).autocorr(1),
    "autocorr(x, 7)": lambda part: pd.Series(column(part, "x")).autocorr(7),
    "rank_corr(x, y)": spearman,
    "mode(n)": lambda part: int(part.n.dropna().astype(int).mode().iloc[0]),
    "mode(tag)": lambda part: part.tag.dropna().mode().iloc[0],
    "mean_abs_dev(x)": lambda part: (lambda x: np.abs(x - x.mean()).mean())(column(part, "x")),
    "iqr(x)": lambda part: np.subtract(*np.percentile(column(part, "x"), [75, 25])),
    "value_range(y)": lambda part: np.ptp(column(part, "y")),
    "geometric_mean(price)": lambda part: np.exp(np.log(column(part, "price")).mean()),
    "harmonic_mean(price)": lambda part: 1 / (1 / column(part, "price")).mean(),
    "sharpe(y)": lambda part: (lambda y: y.mean() / y.std(ddof=1))(column(part, "y")),
    "sortino(y)": lambda part: (lambda y: y.mean() / math.sqrt((np.minimum(y, 0) ** 2).mean()))(column(part, "y")),
    "max_drawdown(price)": drawdown,
    "realized_variance(price)": lambda part: (returns(part) ** 2).sum(),
    "realized_volatility(price)": lambda part: math.sqrt((returns(part) ** 2).sum()),
    "semivariance(price)": lambda part: (np.minimum(returns(part), 0) ** 2).sum(),
    "bipower_variation(price)": lambda part: (lambda r: math.pi / 2 * np.abs(r[1:] * r[:-1]).sum())(returns(part)),
    "jump_ratio(price)": lambda part: (
        lambda r: max(0, 1 - math.pi / 2 * np.abs(r[1:] * r[:-1]).sum() / (r**2).sum())
    )(returns(part)),
    "min_rv(price)": lambda part: (
        lambda r: math.pi / (math.pi - 2) * len(r) / (len(r) - 1) * (np.minimum(r[1:], r[:-1]) ** 2).sum()
    )(np.abs(returns(part))),
    "med_rv(price)": lambda part: (
        lambda r: math.pi / (6 - 4 * math.sqrt(3) + math.pi) * len(r) / (len(r) - 2) * (median_of_three(r) ** 2).sum()
    )(np.abs(returns(part))),
    "close_to_close(price)": lambda part: returns(part).var(ddof=1),
    "ewma_volatility(price, 0.94)": lambda part: ewma(part, 0.94),
    "parkinson(high, low)": bars(lambda o, h, l, c: (np.log(h / l) ** 2).mean() / (4 * math.log(2))),
    "garman_klass(open, high, low, close)": bars(
        lambda o, h, l, c: (0.5 * np.log(h / l) ** 2 - (2 * math.log(2) - 1) * np.log(c / o) ** 2).mean()
    ),
    "rogers_satchell(open, high, low, close)": bars(lambda o, h, l, c: rogers_satchell(o, h, l, c).mean()),
    "yang_zhang(open, high, low, close)": yang_zhang,
}

#: As in DuckDB, but for the spelling.
DUCK = {
    "skewness(y)": "skewness(y)",
    "kurtosis(y)": "kurtosis(y)",
    "kurt_pop(x)": "kurtosis_pop(x)",
    "regr_slope(y, x)": "regr_slope(y, x)",
    "beta(y, x)": "regr_slope(y, x)",
    "regr_intercept(y, x)": "regr_intercept(y, x)",
    "regr_r2(y, x)": "regr_r2(y, x)",
    "regr_count(y, x)": "regr_count(y, x)",
    "regr_avgx(y, x)": "regr_avgx(y, x)",
    "regr_avgy(y, x)": "regr_avgy(y, x)",
    "regr_sxx(y, x)": "regr_sxx(y, x)",
    "regr_syy(y, x)": "regr_syy(y, x)",
    "regr_sxy(y, x)": "regr_sxy(y, x)",
    "mad(x)": "mad(x)",
    "entropy(n)": "entropy(n)",
    "entropy(tag)": "entropy(tag)",
    "quantile_disc(x, 0.3)": "quantile_disc(x, 0.3)",
    "percentile_cont(x, 0.3)": "quantile_cont(x, 0.3)",
    "geomean(price)": "geomean(price)",
    "product(1 + y / 100)": "product(1 + y / 100)",
    # DuckDB's sem() has the deviation of a population.
    "sem(x)": "stddev_samp(x) / sqrt(count(x))",
    "weighted_avg(y, n)": "wavg(y, n)",
    "fsum(x)": "fsum(x)",
    "favg(x)": "favg(x)",
    "bool_and(ok)": "bool_and(ok)",
    "bool_or(ok)": "bool_or(ok)",
    "count_if(ok)": "count_if(ok)",
    "bit_and(n)": "bit_and(n)",
    "bit_or(n)": "bit_or(n)",
    "bit_xor(n)": "bit_xor(n)",
    "string_agg(tag, '+')": "string_agg(tag, '+' ORDER BY time)",
    "approx_count_distinct(n)": "count(DISTINCT n)",
}


def same(given, wanted, tolerance=1e-9):
    if given is None or wanted is None:
        return given is wanted
    if isinstance(given, float):
        return math.isclose(given, float(wanted), rel_tol=tolerance, abs_tol=1e-13)
    return given == wanted


@pytest.mark.parametrize("seed", range(8))
def test_formulas_are_those_of_pandas_and_numpy(probe, seed):
    data = table(seed)
    probe.load([data], seed)
    parts = {symbol: frame([row for row in data.rows if row[1] == symbol]) for symbol in "AB"}
    for setup in SETUPS:
        _, rows = probe.query(f"SELECT symbol, {', '.join(FORMULAS)} FROM t ORDER BY symbol", setup=setup)
        assert [row[0] for row in rows] == ["A", "B"]
        for symbol, *values in rows:
            for (text, formula), value in zip(FORMULAS.items(), values):
                wanted = formula(parts[symbol])
                assert same(value, wanted), f"{text} of {symbol}, seed {seed}, setup {setup}: {value}, not {wanted}"


@pytest.mark.parametrize("seed", range(4))
def test_series_together_are_in_order_of_time(probe, seed):
    data = table(seed)
    probe.load([data], seed)
    for setup in SETUPS:
        for seconds in (None, 60):
            sample = f" SAMPLE BY {seconds}s" if seconds else ""
            _, rows = probe.query(f"SELECT {', '.join(FORMULAS)} FROM t{sample}", setup=setup)
            count = seconds or len(data.rows)
            # The first time is a multiple of the step.
            parts = [frame(data.rows[start : start + count]) for start in range(0, len(data.rows), count)]
            assert len(rows) == len(parts)
            for values, part in zip(rows, parts):
                for (text, formula), value in zip(FORMULAS.items(), values):
                    wanted = formula(part)
                    assert same(value, wanted), f"{text}, seed {seed}, setup {setup}: {value}, not {wanted}"


@pytest.mark.parametrize("seed", range(4))
def test_windows_hold_the_rows_of_their_frame(probe, seed):
    data = table(seed, count=120)
    probe.load([data], seed)
    calls = ", ".join(f"{text} OVER (ORDER BY time ROWS 39 PRECEDING)" for text in FORMULAS)
    for setup in SETUPS:
        _, rows = probe.query(f"SELECT time, {calls} FROM t ORDER BY time", setup=setup)
        for index in range(60, 120, 13):
            part = frame(data.rows[index - 39 : index + 1])
            for (text, formula), value in zip(FORMULAS.items(), rows[index][1:]):
                wanted = formula(part)
                assert same(value, wanted), f"{text} in row {index}, seed {seed}, setup {setup}: {value}, not {wanted}"


@pytest.mark.parametrize("seed", range(8))
def test_functions_of_duckdb_mean_what_they_mean_there(probe, seed):
    data = table(seed)
    probe.load([data], seed)
    database = duckdb.connect(config={"threads": 1})
    types = {"timestamp": "BIGINT", "symbol": "VARCHAR", "float64": "DOUBLE", "int64": "BIGINT", "boolean": "BOOLEAN"}
    database.execute(f"CREATE TABLE t ({', '.join(f'{name} {types[type_]}' for name, type_ in COLUMNS)})")
    database.executemany(f"INSERT INTO t VALUES ({', '.join('?' for _ in COLUMNS)})", data.rows)
    wanted = database.execute(f"SELECT symbol, {', '.join(DUCK.values())} FROM t GROUP BY symbol ORDER BY symbol").fetchall()
    for setup in SETUPS:
        _, rows = probe.query(f"SELECT symbol, {', '.join(DUCK)} FROM t ORDER BY symbol", setup=setup)
        for row, expected in zip(rows, wanted, strict=True):
            for text, value, right in zip(["symbol", *DUCK], row, expected):
                assert same(value, right), f"{text} of {row[0]}, seed {seed}, setup {setup}: {value}, not {right}"


def test_approximations_are_as_near_as_they_say(probe):
    random = np.random.default_rng(5)
    count = 60_000
    values = random.permutation(count).astype(float)
    rows = [[START + index, "A", float(value)] for index, value in enumerate(values)]
    probe.load([Table("big", COLUMNS[:3], rows)], 1)
    for setup in SETUPS:
        fractions = [0, 0.01, 0.25, 0.5, 0.9, 1]
        calls = ", ".join(f"approx_quantile(price, {fraction})" for fraction in fractions)
        _, [answer] = probe.query(f"SELECT approx_count_distinct(price), {calls} FROM big", setup=setup)
        assert abs(answer[0] - count) <= 5 * 0.0081 * count
        for fraction, value in zip(fractions, answer[1:]):
            # One level more than one pass has, for parts that were merged.
            bound = (math.ceil(math.log2(count / 4096)) + 2) / 4096 * count
            assert abs(value - fraction * (count - 1)) <= bound


@pytest.mark.parametrize(
    "call, message",
    [
        ("quantile_disc(x, 1.5)", "fraction from 0 to 1"),
        ("approx_quantile(x, -1)", "fraction from 0 to 1"),
        ("autocorr(x, -1)", "lag from 0"),
        ("ewma_volatility(price, 2)", "lambda from 0 to 1"),
        ("ewma_cov(x, y, 2)", "lambda from 0 to 1"),
        ("seasonal_zscore(x, -1)", "lambda from 0 to 1"),
        ("variance_ratio(price, 0)", "takes 1 to"),
        ("permutation_entropy(x, 9)", "order from 2 to 7"),
        ("bit_and(x)", "takes int64"),
        ("bool_and(x)", "takes boolean"),
        ("string_agg(x, ',')", "takes text"),
        ("skewnes(x)", "did you mean 'skewness'"),
    ],
)
def test_what_cannot_be_is_refused(probe, call, message):
    probe.load([table(1)], 1)
    with pytest.raises(Refused) as refused:
        probe.query(f"SELECT {call} FROM t")
    assert message.split("did you mean")[0] in str(refused.value)


def test_recorded_bars_give_the_accepted_values(probe):
    shared = Path(os.environ.get("TICKGATE_SHARED", ROOT.parent / "shared")) / "data"
    path = shared / "bars" / "btc-perp-20211231-20220201_1m.csv.gz"
    oracle = shared / "golden" / "feature_oracle.txt"
    if not path.is_file() or not oracle.is_file():
        pytest.skip(f"no recordings in {shared}; set TICKGATE_SHARED")
    with gzip.open(path, "rt") as file:
        lines = list(csv.reader(file))[1:1441]
    columns = COLUMNS[:2] + [(name, "float64") for name in ("open", "high", "low", "close")]
    rows = [
        [START + index * 60_000_000_000, "A", *map(float, line[1:5])] for index, line in enumerate(lines)
    ]
    probe.load([Table("bars", columns, rows)], 1)
    wanted = dict(line.split() for line in oracle.read_text().splitlines() if len(line.split()) == 2)
    calls = {
        "rv_sum_r2": "realized_variance(close)",
        "bipower": "bipower_variation(close)",
        "jump_rel": "jump_ratio(close)",
        "minRV": "min_rv(close)",
        "medRV": "med_rv(close)",
        "parkinson_var": "parkinson(high, low)",
        "garman_klass_var": "garman_klass(open, high, low, close)",
        "rogers_satchell_var": "rogers_satchell(open, high, low, close)",
        "yang_zhang_var": "yang_zhang(open, high, low, close)",
        "variance_ratio_5_lo_mackinlay": "variance_ratio(close, 5)",
    }
    _, [answer] = probe.query(f"SELECT {', '.join(calls.values())}, ewma_volatility(close, 0.94) FROM bars")
    for name, value in zip(calls, answer):
        assert same(value, float(wanted[name]), 1e-10), f"{name}: {value}, not {wanted[name]}"
    assert math.isclose(answer[-1] ** 2, float(wanted["ewma_var_0.94_seed_r0sq"]), rel_tol=1e-10)
    # Of logarithmic returns, which the table has to hold.
    closes = np.array([row[5] for row in rows])
    changes = [[row[0], "A", float(r)] for row, r in zip(rows[1:], np.diff(np.log(closes)))]
    probe.load([Table("changes", [*columns[:2], ("r", "float64")], changes)], 1)
    _, [answer] = probe.query("SELECT skewness(r), kurtosis(r), skew_pop(r), kurt_pop(r) FROM changes")
    for name, value in zip(["skew_G1", "kurt_excess_G2", "skew_g1", "kurt_g2"], answer):
        assert math.isclose(value, float(wanted[name]), rel_tol=1e-10), f"{name}: {value}, not {wanted[name]}"
    _, [answer] = probe.query("SELECT permutation_entropy(r, 3), entropy(sign(r)) FROM changes")
    assert math.isclose(answer[0], float(wanted["perm_entropy_m3_norm"]), rel_tol=1e-10)
    assert math.isclose(answer[1], float(wanted["sign_entropy_bits"]), rel_tol=1e-10)
    _, [answer] = probe.query("SELECT hurst(r), dfa(r) FROM (SELECT r FROM changes LIMIT 1024)")
    assert math.isclose(answer[0], float(wanted["hurst_RS_first1024"]), rel_tol=1e-10)
    assert math.isclose(answer[1], float(wanted["dfa_alpha_first1024"]), rel_tol=1e-10)
