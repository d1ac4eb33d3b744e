"""Scalar expressions give what DuckDB gives, and clocks of time zones what Python's zoneinfo gives, on random rows.

Where the two languages spell an expression alike one text serves both; else the second is DuckDB's. Expressions on which
they differ on purpose are left out, and stand in Tests/QueryTests/cases/scalars.slt: see docs/functions/scalar.md.
"""

import math
import os
import random
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from support.probe import Probe, Table

ROOT = Path(__file__).resolve().parents[2]
ROWS = 400
COLUMNS = [
    ("time", "timestamp"), ("symbol", "symbol"), ("n", "int64"), ("i", "int64"), ("j", "int64"), ("x", "float64"),
    ("y", "float64"), ("s", "string"), ("p", "string"), ("b", "boolean"), ("c", "boolean"), ("u", "timestamp"),
]
TEXTS = ["", "a", "Abc", "naïve text", "x,y,,z", "ÄÖÜ", "  spaced  ", "a_b%c", "日本語", "12", "-7", "1.5", "buy", "aaa"]
PATTERNS = ["", "%", "_", "a%", "%a%", "%b_", "A__", "%,%,%", "日%", "%_%", "a_b%c", "%%c", "_%_%_"]

SAME = """
CASE WHEN i > 0 THEN x WHEN b THEN y ELSE i END
CASE WHEN i > 0 THEN 'p' WHEN i < 0 THEN s END
CASE i WHEN 1 THEN 'one' WHEN j THEN 'j' WHEN NULL THEN 'null' ELSE 'other' END
CASE WHEN b THEN i WHEN c THEN j ELSE NULL END
CASE (i + j) * 2 - i + abs(j) - j WHEN 0 THEN 'zero' WHEN i THEN 'i' ELSE s END
coalesce(CASE WHEN b THEN s END, p)
nullif(i, j)
nullif(s, p)
greatest(i, j, 3)
least(i, j)
greatest(s, p)
i IN (j, 1, 2)
i NOT IN (j, 1, 2)
s IN (p, 'a')
s NOT IN (p, NULL)
i BETWEEN j AND 5
(i + j + abs(i) - j + i * 1) BETWEEN -5 AND j
(i + j + abs(i) - j + i * 1) IN (j, 1, 2, 3)
b IS TRUE
b IS NOT TRUE
b IS FALSE
c IS NOT FALSE
b < c
b >= c
b = c
i IS DISTINCT FROM j
s IS NOT DISTINCT FROM p
b IS DISTINCT FROM c
x IS DISTINCT FROM y
s || p
s || '-' || i
s || b
i & j
i | j
~i
abs(i) << 3
i >> 2
(i & 7) << (j & 7)
s < p
s >= p
s = p
s LIKE 'a%'
s LIKE p
s NOT LIKE '%a%'
s ILIKE 'A%'
symbol LIKE '%b_'
symbol NOT ILIKE '%B%'
s LIKE 'a!_b!%c' ESCAPE '!'
length(s)
lower(s)
upper(symbol)
left(s, 2)
left(s, -2)
right(s, 3)
right(s, -1)
substring(s, 2, 3)
substring(s, 1)
substring(s, 3, 0)
replace(s, 'a', 'bb')
replace(symbol, ',', '')
split_part(s, ',', 2)
split_part(s, ',', 1)
strpos(s, 'b')
strpos(s, p)
starts_with(s, 'a')
ends_with(s, 'c')
contains(s, ',')
lpad(s, 5, '*')
rpad(s, 5, 'xy')
repeat(s, 3)
trim(s)
ltrim(s)
rtrim(s)
trim(s, 'a,')
concat(s, p, i)
chr(65)
abs(i)
sign(i)
abs(x)
floor(x)
ceil(x)
trunc(x)
sqrt(abs(x))
cbrt(x)
exp(y / 1e4)
ln(abs(x) + 1)
log10(abs(x) + 1)
log(abs(x) + 1)
log2(abs(x) + 1)
pow(abs(x), 0.5)
power(2, 10)
i % 7
mod(i, 7)
sin(x / 1e4)
cos(x / 1e4)
tan(y / 1e4)
atan(x)
atan2(x, y)
sinh(y / 1e4)
cosh(y / 1e4)
tanh(x)
degrees(x)
radians(x)
asin(y / 1e4)
acos(y / 1e4)
pi() * x
CAST(i AS double)
CAST(i AS boolean)
CAST(b AS bigint)
CAST(b AS double)
CAST(b AS varchar)
CAST(i AS varchar)
TRY_CAST(i AS smallint)
i::varchar || s
if(i > 0, i, j)
ifnull(i, j)
""".strip().splitlines()

#: TQL, then DuckDB. There u is nanoseconds, here a timestamp.
OTHER = [
    ("is_nan(x)", "isnan(x)"),
    ("is_finite(x)", "isfinite(x)"),
    ("i ^ j", "xor(i, j)"),
    ("CAST(x AS long)", "CAST(trunc(x) AS bigint)"),
    ("TRY_CAST(s AS double)", "TRY_CAST(s AS double)"),
    ("CASE WHEN s IN ('12', '-7') THEN CAST(s AS int) END", "CASE WHEN s IN ('12', '-7') THEN CAST(s AS int) END"),
    ("round(x, 2)", "CASE WHEN isfinite(x) THEN round(x::decimal(30,12), 2)::double ELSE x END"),
    ("ascii(s)", "CASE WHEN s = '' THEN 0 ELSE ascii(s) END"),
    ("iif(b, 'y', 'n')", "CASE WHEN b THEN 'y' ELSE 'n' END"),
] + [
    (f"{ours}(u)", f"extract({field} FROM t)")
    for ours, field in [
        ("year", "year"), ("quarter", "quarter"), ("month", "month"), ("day", "day"), ("hour", "hour"),
        ("minute", "minute"), ("second", "second"), ("day_of_week", "isodow"), ("day_of_year", "doy"),
        ("week_of_year", "week"), ("iso_year", "isoyear"),
    ]
] + [
    (f"extract({field} FROM u)", f"extract({field} FROM t)")
    for field in ["year", "dow", "isodow", "doy", "week", "millisecond", "microsecond", "quarter"]
] + [
    (f"epoch_us(date_trunc('{unit}', u))", f"epoch_us(date_trunc('{unit}', t)::timestamp)")
    for unit in ["second", "minute", "hour", "day", "week", "month", "quarter", "year", "decade"]
] + [
    (f"epoch_us(u {sign} {count} {unit})", f"epoch_us(t {sign} INTERVAL {count} {unit})")
    for sign, count, unit in [
        ("+", 1, "month"), ("-", 1, "month"), ("+", 13, "months"), ("-", 2, "years"), ("+", 3, "days"), ("-", 2, "weeks"),
        ("+", 90, "minutes"), ("+", 5, "quarters"), ("-", 11, "hours"),
    ]
] + [
    ("epoch_us(dateadd('M', i % 50, u))", "epoch_us(t + to_months((i % 50)::int))"),
    ("datediff('month', u, '2000-02-29')", "abs(date_sub('month', t, TIMESTAMP '2000-02-29'))"),
    ("datediff('year', u, '2000-02-29')", "abs(date_sub('year', t, TIMESTAMP '2000-02-29'))"),
    ("datediff('day', u, '2000-02-29')", "abs(date_sub('day', t, TIMESTAMP '2000-02-29'))"),
    ("datediff('h', u, '2000-02-29')", "abs(date_sub('hour', t, TIMESTAMP '2000-02-29'))"),
    ("epoch_us(u)", "epoch_us(t)"),
    ("epoch_us(timestamp_floor('15m', u))", "epoch_us(time_bucket(INTERVAL 15 minutes, t))"),
    ("to_str(u, 'yyyy-MM-dd HH:mm:ss.SSSUUU')", "strftime(t, '%Y-%m-%d %H:%M:%S.%f')"),
    ("to_str(u, 'EEEE d MMMM yy hh:mm a')", "strftime(t, '%A %-d %B %y %I:%M %p')"),
    ("epoch_us(to_timestamp(to_str(u, 'dd/MM/yyyy HH:mm:ss.N+'), 'dd/MM/yyyy HH:mm:ss.N+'))", "epoch_us(t)"),
    ("days_in_month(u)", "day(last_day(t))"),
    ("is_weekend(u)", "isodow(t) > 5"),
]
EXPRESSIONS = [(text, text) for text in SAME] + OTHER


@pytest.fixture(scope="module")
def probe():
    path = Path(os.environ.get("QUERY_PROBE", ROOT / ".build" / "release" / "query-probe"))
    if not path.is_file():
        pytest.fail(f"{path} does not exist; build it, or name it in QUERY_PROBE")
    probe = Probe(path)
    yield probe
    probe.close()


def rows(seed):
    dice = random.Random(seed)

    def maybe(value):
        return None if dice.random() < 0.12 else value

    table = []
    for number in range(ROWS):
        whole = dice.choice([dice.randrange(-9, 10), dice.randrange(-(2**40), 2**40)])
        # Whole microseconds, as DuckDB's timestamps have them, from 1700 to 2200.
        micros = dice.randrange(-8_520_336_000_000_000, 7_258_118_400_000_000)
        table.append(
            (
                number,
                maybe(dice.choice(TEXTS)),
                number,
                maybe(whole),
                maybe(dice.randrange(-9, 10)),
                maybe(dice.choice([dice.uniform(-1e4, 1e4), float(dice.randrange(-5, 5)), 0.5, -2.5])),
                maybe(dice.uniform(-1e4, 1e4)),
                maybe(dice.choice(TEXTS)),
                maybe(dice.choice(TEXTS + PATTERNS)),
                maybe(dice.random() < 0.5),
                maybe(dice.random() < 0.5),
                maybe(micros * 1000),
            )
        )
    return table


@pytest.fixture(scope="module", params=[1, 2])
def both(request, probe):
    table = rows(request.param)
    probe.load([Table("r", COLUMNS, table)], request.param)
    database = duckdb.connect(config={"threads": 1})
    database.execute("SET ieee_floating_point_ops = true")
    database.execute("SET TimeZone = 'UTC'")
    types = {"timestamp": "BIGINT", "symbol": "VARCHAR", "string": "VARCHAR", "float64": "DOUBLE", "int64": "BIGINT"}
    database.execute(f"CREATE TABLE r ({', '.join(f'{n} {types.get(t, t)}' for n, t in COLUMNS)})")
    database.executemany(f"INSERT INTO r VALUES ({', '.join('?' for _ in COLUMNS)})", table)
    database.execute("ALTER TABLE r ADD COLUMN t TIMESTAMP")
    database.execute("UPDATE r SET t = make_timestamp(u // 1000)")
    return probe, database, request.param


@pytest.mark.parametrize("ours, duck", EXPRESSIONS, ids=[ours for ours, _ in EXPRESSIONS])
def test_expressions_mean_what_they_mean_to_duckdb(both, ours, duck):
    probe, database, seed = both
    types, given = probe.query(f"SELECT n, {ours} AS v FROM r ORDER BY n", setup=seed + len(ours))
    expected = database.execute(f"SELECT n, {duck} AS v FROM r ORDER BY n").fetchall()
    assert len(given) == len(expected)
    for row, wanted in zip(given, expected):
        assert is_same(row[1], wanted[1]), f"{ours} in row {row[0]}: {row[1]!r}, DuckDB has {wanted[1]!r}"


def is_same(given, wanted):
    if given is None or wanted is None:
        return given is wanted
    if isinstance(wanted, bool) or isinstance(given, bool):
        return given is wanted
    if isinstance(given, float):
        wanted = float(wanted)
        if math.isnan(given) or math.isnan(wanted):
            return math.isnan(given) and math.isnan(wanted)
        return given == wanted or math.isclose(given, wanted, rel_tol=1e-12, abs_tol=1e-12)
    return given == wanted


ZONES = [
    "Europe/Berlin", "Europe/Dublin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Casablanca",
    "America/Sao_Paulo", "Pacific/Apia", "America/St_Johns", "Antarctica/Troll", "Asia/Tokyo",
]
EPOCH = datetime(1970, 1, 1)


def micros(moment):
    return (moment - EPOCH) // timedelta(microseconds=1)


@pytest.mark.parametrize("zone", ZONES)
def test_clocks_show_what_zoneinfo_says(probe, zone):
    """At random instants from 1905 to 2200, half of them within a day of a change, and back from what the clock shows."""
    rules = ZoneInfo(zone)
    dice = random.Random(zone)
    changes = []
    for year in (1945, 1980, 2011, 2024, 2036, 2099):
        hour = datetime(year, 1, 1, tzinfo=timezone.utc)
        for _ in range(366 * 8):
            after = hour + timedelta(hours=3)
            if after.astimezone(rules).utcoffset() != hour.astimezone(rules).utcoffset():
                changes.append(hour.replace(tzinfo=None))
            hour = after
    moments = []
    for number in range(600):
        if changes and number % 2:
            moment = dice.choice(changes) + timedelta(seconds=dice.randrange(-86400, 86400))
        else:
            moment = datetime(1905, 1, 1) + timedelta(seconds=dice.randrange(295 * 365 * 86400))
        moments.append(moment)
    table = [(micros(m) * 1000, "A", n) for n, m in enumerate(moments)]
    probe.load([Table("z", [("time", "timestamp"), ("symbol", "symbol"), ("n", "int64")], table)], 3)
    _, given = probe.query(
        f"SELECT n, epoch_us(to_timezone(time, '{zone}')), epoch_us(to_utc(time, '{zone}')), "
        f"epoch_us(date_trunc('day', time, '{zone}')), epoch_us(date_trunc('month', time, '{zone}')), "
        f"epoch_us(date_trunc('hour', time, '{zone}')) FROM z ORDER BY n"
    )
    assert len(given) == len(moments)
    for (number, local, utc, day, month, hour), moment in zip(given, moments):
        clock = moment.replace(tzinfo=timezone.utc).astimezone(rules)
        shown = clock.replace(tzinfo=None)
        assert local == micros(shown), moment

        def instant(reading):
            return micros(reading.replace(tzinfo=rules, fold=0).astimezone(timezone.utc).replace(tzinfo=None))

        assert utc == instant(moment), moment
        midnight = shown.replace(hour=0, minute=0, second=0)
        assert day == instant(midnight), moment
        assert month == instant(midnight.replace(day=1)), moment
        floored = shown.replace(minute=0, second=0)
        assert hour == micros(moment) - micros(shown) + micros(floored), moment
