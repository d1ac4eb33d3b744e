"""Indicators that TA-Lib does not have, by their authors' formulas in pandas."""

from typing import Callable, NamedTuple

import numpy as np
import pandas as pd


class Formula(NamedTuple):
    name: str
    inputs: tuple
    parameters: list
    outputs: tuple
    compute: Callable


def _middle(high, low, count):
    return (pd.Series(high).rolling(count).max() + pd.Series(low).rolling(count).min()) / 2


def ichimoku(high, low, short=9, middle=26, long=52, displacement=26):
    """Hosoda: middles of ranges, the spans moved ahead. All outputs begin with the last of them."""
    conversion, base = _middle(high, low, short), _middle(high, low, middle)
    far = _middle(high, low, long)
    # A span is there once all three ranges are.
    span = ((conversion + base) / 2).where(far.notna()).shift(displacement)
    lines = [conversion, base, span, far.where((conversion + base).notna()).shift(displacement)]
    begun = sum(line.isna() for line in lines) == 0
    return [line.where(begun).to_numpy() for line in lines]


def vwap_bands(high, low, close, volume, width=2.0):
    """The volume-weighted mean of typical prices so far, and its volume-weighted deviation."""
    price = (np.asarray(high) + low + close) / 3
    # About a price near all others, so that squares do not cancel.
    origin = price[0] if len(price) else 0.0
    total = np.cumsum(volume)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.cumsum((price - origin) * volume) / total
        spread = np.sqrt(np.maximum(np.cumsum((price - origin) ** 2 * volume) / total - mean ** 2, 0)) * width
    mean = mean + origin
    return [mean + spread, mean, mean - spread]


def psl(x, count=12):
    """The share of rises, in percent."""
    series = pd.Series(x)
    rises = (series.diff() > 0).astype(float).where(series.diff().notna())
    return [(rises.rolling(count).mean() * 100).to_numpy()]


def vidya(x, count=14):
    """Chande: an exponential average whose exponent goes with the magnitude of his momentum."""
    series = pd.Series(x)
    change = series.diff()
    gains = change.clip(lower=0).rolling(count).sum()
    losses = (-change).clip(lower=0).rolling(count).sum()
    both = gains + losses
    share = ((gains - losses) / both).abs().where(both > 1e-9, 0.0).where(both.notna())
    result = np.full(len(series), np.nan)
    average = None
    for row in range(len(series)):
        if np.isnan(share[row]):
            continue
        before = x[row - 1] if average is None else average
        average = before + 2 / (count + 1) * share[row] * (x[row] - before)
        result[row] = average
    return [result]


def _ema(series, count):
    """Seeded with the mean of the first values."""
    values = series.dropna()
    if len(values) < count:
        return pd.Series(np.nan, series.index)
    seeded = values.copy()
    seeded.iloc[count - 1] = values.iloc[:count].mean()
    return seeded.iloc[count - 1:].ewm(span=count, adjust=False).mean().reindex(series.index)


def kvo(high, low, close, volume, fast=34, slow=55, signal=13):
    """Klinger: volume by the direction of the typical price and the movement since it turned."""
    total, ranges = high + low + close, high - low
    force, direction, movement = np.full(len(close), np.nan), 0, 0.0
    for row in range(1, len(close)):
        new = 1 if total[row] > total[row - 1] else -1
        movement = (movement if new == direction else ranges[row - 1]) + ranges[row]
        direction = new
        share = abs(2 * (ranges[row] / movement - 1)) if movement else 0.0
        force[row] = volume[row] * share * direction * 100
    line = _ema(pd.Series(force), fast) - _ema(pd.Series(force), slow)
    average = _ema(line, signal)
    return [line.where(average.notna()).to_numpy(), average.to_numpy()]


def vr(high, low, close, fast=10, slow=20):
    """Average true ranges of Wilder, one over the other."""
    before = pd.Series(close).shift()
    true = pd.concat([pd.Series(high - low), (high - before).abs(), (low - before).abs()], axis=1).max(axis=1)
    true = true.where(before.notna())

    def wilder(count):
        values = true.dropna()
        if len(values) < count:
            return pd.Series(np.nan, true.index)
        seeded = values.copy()
        seeded.iloc[count - 1] = values.iloc[:count].mean()
        return seeded.iloc[count - 1:].ewm(alpha=1 / count, adjust=False).mean().reindex(true.index)

    few, many = wilder(fast), wilder(slow)
    return [(few / many).where(many != 0, 0.0).where(few.notna() & many.notna()).to_numpy()]


FORMULAS = [
    Formula("kvo", ("high", "low", "close", "volume"), [(), (3, 6, 4)], ("kvo", "signal"), kvo),
    Formula("vr", ("high", "low", "close"), [(), (2, 7), (7, 3)], (), vr),
    Formula("ichimoku", ("high", "low"), [(), (3, 5, 9, 4), (2, 9, 4, 0)], ("conversion", "base", "span_a", "span_b"), ichimoku),
    Formula("vwap_bands", ("high", "low", "close", "volume"), [(), (1.0,)], ("upper", "middle", "lower"), vwap_bands),
    Formula("psl", ("x",), [(), (1,), (5,)], (), psl),
    Formula("vidya", ("x",), [(), (2,), (5,)], (), vidya),
]
