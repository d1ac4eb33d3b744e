"""Every indicator with the function of TA-Lib that it must equal: inputs, parameters to try, outputs.

A case is (name, TA-Lib's name, inputs, parameters to try, names of outputs). Parameters are positional, as both sides have
them in one order; outputs are empty for one value.
"""

from typing import NamedTuple

BARS = {"open": "open", "high": "high", "low": "low", "close": "close", "volume": "volume", "x": "close", "y": "other",
        "periods": "periods"}

X = ("x",)
HL = ("high", "low")
HLC = ("high", "low", "close")
OC = ("open", "close")
OHLC = ("open", "high", "low", "close")
HLCV = ("high", "low", "close", "volume")
CV = ("close", "volume")
LINES = ("upper", "middle", "lower")
MACD = ("macd", "signal", "histogram")

#: TA-Lib's numbers of averages, but for that of the function's own default.
AVERAGES = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13)


class Case(NamedTuple):
    name: str
    oracle: str
    inputs: tuple
    parameters: list
    outputs: tuple = ()
    #: Series of which the indicator is not compared.
    without: tuple = ()
    #: How much larger rounding is in the output than in the input.
    scale: float = 1.0
    #: Of the value: more where TA-Lib itself loses digits.
    tolerance: float = 1e-9


#: Where nothing moves, the phase of a cycle is that of rounding noise.
STILL = ("flat", "constant")

def rows(*counts):
    """One parameter, a number of rows, and the default."""
    return [()] + [(count,) for count in counts]


OVERLAP = [
    Case("ma", "MA", X, [()] + [(count, kind) for count in (1, 2, 7) for kind in AVERAGES if kind != 7]),
    Case("ma", "MA", X, [(30, 7)], (), STILL),
    Case("rma", "RMA", X, rows(1, 2, 5)),
    Case("wma", "WMA", X, rows(2, 3, 50)),
    Case("dema", "DEMA", X, rows(2, 5)),
    Case("tema", "TEMA", X, rows(2, 5)),
    Case("trima", "TRIMA", X, rows(2, 3, 4, 7, 10)),
    Case("kama", "KAMA", X, rows(2, 5, 10)),
    Case("mama", "MAMA", X, [(), (0.8, 0.1)], ("mama", "fama"), STILL),
    Case("t3", "T3", X, [(), (2, 0.5), (9, 1.0), (4, 0.0)]),
    Case("hma", "HMA", X, rows(2, 3, 9, 16)),
    Case("zlema", "ZLEMA", X, rows(2, 3, 9, 10)),
    Case("mavp", "MAVP", ("x", "periods"), [(), (3, 9), (2, 12, 1), (2, 8, 6), (2, 5, 3)]),
    Case("vwma", "VWMA", CV, rows(1, 5)),
    Case("midpoint", "MIDPOINT", X, rows(2, 5)),
    Case("midprice", "MIDPRICE", HL, rows(2, 5)),
    Case("bbands", "BBANDS", X, [(), (5, 1.5, 3.0), (4, 2.0, 2.0, 1), (6, 1.0, 2.0, 6), (2, 2.0, 0.5, 5)], LINES),
    Case("accbands", "ACCBANDS", HLC, rows(2, 5), LINES),
    Case("donchian", "DONCHIAN", HL, rows(2, 5), LINES),
    Case("kc", "KC", HLC, [(), (5, 14, 1.5), (9, 1, 1.0), (14, 3, 2.5)], LINES),
    Case("supertrend", "SUPERTREND", HLC, [(), (3, 1.0), (2, 2.0), (7, 0.5)], ("supertrend", "trend")),
    Case("sar", "SAR", HL, [(), (0.05, 0.5), (0.3, 0.1), (0.0, 0.2)]),
    Case("sarext", "SAREXT", HL, [
        (), (95.0, 0.0), (-105.0, 0.01), (0.0, 0.02, 0.03, 0.04, 0.3, 0.01, 0.02, 0.1), (0.0, 0.0, 0.5, 0.6, 0.3, 0.4, 0.5, 0.2),
    ]),
    Case("ht_trendline", "HT_TRENDLINE", X, [()]),
]

MOMENTUM = [
    Case("mom", "MOM", X, rows(1, 5)),
    Case("roc", "ROC", X, rows(1, 5)),
    Case("rocp", "ROCP", X, rows(1, 5)),
    Case("rocr", "ROCR", X, rows(1, 5)),
    Case("rocr100", "ROCR100", X, rows(1, 5)),
    Case("rsi", "RSI", X, rows(2, 5, 30)),
    Case("cmo", "CMO", X, rows(2, 5)),
    Case("cmou", "CMOU", X, rows(2, 5)),
    Case("imi", "IMI", OC, rows(2, 5)),
    Case("apo", "APO", X, [(), (3, 8), (8, 3), (4, 9, 0), (3, 7, 6), (3, 5, 3)]),
    Case("ppo", "PPO", X, [(), (3, 8), (8, 3), (4, 9, 0), (3, 7, 2)]),
    Case("macd", "MACD", X, [(), (3, 8, 4), (8, 3, 4), (2, 5, 1)], MACD),
    Case("macdext", "MACDEXT", X, [(), (3, 1, 8, 1, 4, 1), (3, 0, 8, 2, 4, 1), (8, 1, 3, 0, 4, 5), (4, 6, 7, 3, 3, 2)], MACD),
    Case("macdfix", "MACDFIX", X, rows(1, 4), MACD),
    Case("trix", "TRIX", X, rows(1, 2, 5)),
    Case("tsi", "TSI", X, [(), (5, 3), (3, 6)]),
    Case("coppock", "COPPOCK", X, [(), (3, 2, 5), (3, 5, 2)]),
    Case("dpo", "DPO", X, rows(2, 3, 5, 8)),
    Case("fosc", "FOSC", X, rows(2, 4, 14)),
    Case("stoch", "STOCH", HLC, [(), (3, 2, 1, 4, 1), (14, 3, 2, 5, 0), (1, 1, 0, 1, 0)], ("k", "d")),
    Case("stochf", "STOCHF", HLC, [(), (3, 2, 1), (14, 5, 3)], ("k", "d")),
    Case("stochrsi", "STOCHRSI", X, [(), (3, 4, 2, 1), (7, 7, 3, 0)], ("k", "d")),
    Case("kdj", "KDJ", HLC, [(), (4, 2, 0, 3, 1)], ("k", "d", "j")),
    Case("smi", "SMI", HLC, [(), (5, 3, 6, 4)], ("smi", "signal")),
    Case("willr", "WILLR", HLC, rows(2, 5)),
    Case("cci", "CCI", HLC, rows(2, 5, 20)),
    Case("mfi", "MFI", HLCV, rows(2, 5)),
    Case("ultosc", "ULTOSC", HLC, [(), (2, 5, 3), (1, 4, 9)]),
    Case("bop", "BOP", OHLC, [()]),
    Case("eri", "ERI", HLC, rows(2, 5), ("bull", "bear")),
    Case("ao", "AO", HL, [(), (3, 8), (8, 3)]),
    Case("ac", "AC", HL, [(), (3, 8, 4)]),
    Case("qstick", "QSTICK", OC, rows(2, 5)),
    Case("adx", "ADX", HLC, rows(2, 5)),
    Case("adxr", "ADXR", HLC, rows(2, 5)),
    Case("dx", "DX", HLC, rows(2, 5)),
    Case("plus_di", "PLUS_DI", HLC, rows(1, 2, 5)),
    Case("minus_di", "MINUS_DI", HLC, rows(1, 2, 5)),
    Case("plus_dm", "PLUS_DM", HL, rows(1, 2, 5)),
    Case("minus_dm", "MINUS_DM", HL, rows(1, 2, 5)),
    Case("aroon", "AROON", HL, rows(2, 5), ("down", "up")),
    Case("aroonosc", "AROONOSC", HL, rows(2, 5)),
    Case("vortex", "VORTEX", HLC, rows(2, 5), ("plus", "minus")),
    Case("er", "ER", X, rows(2, 5)),
    Case("vhf", "VHF", X, rows(2, 5)),
    Case("fractal", "FRACTAL", HL, [(), (1, 3), (3, 1)], ("high", "low")),
]

OTHERS = [
    Case("ad", "AD", HLCV, [()]),
    Case("adosc", "ADOSC", HLCV, [(), (2, 5), (8, 3)]),
    Case("obv", "OBV", CV, [()]),
    Case("wad", "WAD", HLC, [()]),
    Case("cmf", "CMF", HLCV, rows(2, 5)),
    Case("efi", "EFI", CV, rows(1, 2, 5)),
    Case("marketfi", "MARKETFI", ("high", "low", "volume"), [()]),
    Case("nvi", "NVI", CV, [()]),
    Case("pvi", "PVI", CV, [()]),
    Case("pvo", "PVO", ("volume",), [(), (3, 8, 1), (4, 9, 0)]),
    Case("pvt", "PVT", CV, [()]),
    Case("rvol", "RVOL", ("volume",), rows(2, 5)),
    Case("atr", "ATR", HLC, rows(1, 2, 5)),
    Case("natr", "NATR", HLC, rows(1, 2, 5)),
    Case("trange", "TRANGE", HLC, [()]),
    Case("adr", "ADR", HL, rows(2, 5)),
    Case("cvi", "CVI", HL, [(), (3, 5)]),
    Case("massi", "MASSI", HL, [(), (3, 5)]),
    Case("rvi", "RVI", X, [(), (5, 3), (3, 6)]),
    Case("ht_dcperiod", "HT_DCPERIOD", X, [()]),
    Case("ht_dcphase", "HT_DCPHASE", X, [()], (), STILL),
    Case("ht_phasor", "HT_PHASOR", X, [()], ("inphase", "quadrature")),
    Case("ht_sine", "HT_SINE", X, [()], ("sine", "leadsine"), STILL),
    Case("ht_trendmode", "HT_TRENDMODE", X, [()], (), STILL),
    Case("avgprice", "AVGPRICE", OHLC, [()]),
    Case("medprice", "MEDPRICE", HL, [()]),
    Case("typprice", "TYPPRICE", HLC, [()]),
    Case("wclprice", "WCLPRICE", HLC, [()]),
    Case("ha", "HA", OHLC, [()], ("open", "high", "low", "close")),
    Case("ta_beta", "BETA", ("x", "y"), rows(1, 2, 9), tolerance=1e-7),
    Case("ta_correl", "CORREL", ("x", "y"), rows(1, 2, 9)),
    Case("ta_stddev", "STDDEV", X, [(), (2, 1.0), (9, 2.5)]),
    Case("ta_var", "VAR", X, rows(1, 2, 9)),
    Case("ta_avgdev", "AVGDEV", X, rows(2, 5)),
    Case("ta_percentile", "PERCENTILE", X, [(), (5, 0.0), (7, 25.0), (10, 100.0), (4, 90.0)]),
    Case("ta_percentrank", "PERCENTRANK", X, rows(2, 5, 9)),
    Case("linearreg", "LINEARREG", X, rows(2, 9)),
    Case("linearreg_angle", "LINEARREG_ANGLE", X, rows(2, 9), scale=60.0),
    Case("linearreg_intercept", "LINEARREG_INTERCEPT", X, rows(2, 9)),
    Case("linearreg_slope", "LINEARREG_SLOPE", X, rows(2, 9)),
    Case("tsf", "TSF", X, rows(2, 9)),
]

_DEEP = {"CDLDARKCLOUDCOVER", "CDLMATHOLD", "CDLABANDONEDBABY", "CDLEVENINGDOJISTAR", "CDLEVENINGSTAR", "CDLMORNINGDOJISTAR",
         "CDLMORNINGSTAR"}


def patterns(names):
    """The cases of patterns that TA-Lib has."""
    return [Case("cdl_" + name[3:].lower(), name, OHLC, [(), (0.1,), (0.6,)] if name in _DEEP else [()]) for name in names]
