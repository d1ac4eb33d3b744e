import Columnar

extension IndicatorCatalog {
    static let trends: [IndicatorSignature] = [
        IndicatorSignature(.adx, highLowClose, [.rows(14)], "Wilder's average directional index, 0 to 100."),
        IndicatorSignature(.adxr, highLowClose, [.rows(14)], "The mean of adx and what it was n − 1 rows before."),
        IndicatorSignature(.dx, highLowClose, [.rows(14)], "How far the directional lines are apart, 0 to 100."),
        IndicatorSignature(
            .plusDi,
            highLowClose,
            [.rows(14, from: 1)],
            "Movement upwards in percent of the true range."
        ),
        IndicatorSignature(
            .minusDi,
            highLowClose,
            [.rows(14, from: 1)],
            "Movement downwards in percent of the true range."
        ),
        IndicatorSignature(.plusDm, highLow, [.rows(14, from: 1)], "Wilder's sum of movement upwards."),
        IndicatorSignature(.minusDm, highLow, [.rows(14, from: 1)], "Wilder's sum of movement downwards."),
        IndicatorSignature(
            .aroon,
            highLow,
            [.rows(14)],
            outputs: ["down", "up"],
            "How lately the extremes were, 100 for now."
        ),
        IndicatorSignature(.aroonosc, highLow, [.rows(14)], "Aroon up less Aroon down."),
        IndicatorSignature(
            .vortex,
            highLowClose,
            [.rows(14)],
            outputs: ["plus", "minus"],
            "Ways from low to high and high to low over true range."
        ),
        IndicatorSignature(.er, x, [.rows(10)], "How far the value came over how far it went, 0 to 1."),
        IndicatorSignature(.vhf, x, [.rows(28)], "The range of values over how far they went."),
        IndicatorSignature(
            .fractal,
            highLow,
            [
                .init(name: "left", values: .whole(1...1000), default: 2),
                .init(name: "right", values: .whole(1...1000), default: 2),
            ],
            outputs: ["high", "low"],
            type: .int64,
            "100 when a high (low) is known to be above (below) those around it, else 0."
        ),
    ]

    static let volumes: [IndicatorSignature] = [
        IndicatorSignature(.ad, traded, "Chaikin's accumulation and distribution."),
        IndicatorSignature(
            .adosc,
            traded,
            [.rows("fast", 3), .rows("slow", 10)],
            "A fast less a slow average of the accumulation."
        ),
        IndicatorSignature(.obv, closeVolume, "Volumes of rows that rose less those of rows that fell."),
        IndicatorSignature(.wad, highLowClose, "Williams' accumulation and distribution."),
        IndicatorSignature(.cmf, traded, [.rows(20)], "Chaikin's money flow over volume, -1 to 1."),
        IndicatorSignature(
            .efi,
            closeVolume,
            [.rows(13, from: 1)],
            "Elder's force: the average of change times volume."
        ),
        IndicatorSignature(.marketfi, ["high", "low", "volume"], "The range over the volume."),
        IndicatorSignature(.nvi, closeVolume, "The index of price changes on falling volume, from 1000."),
        IndicatorSignature(.pvi, closeVolume, "The index of price changes on rising volume, from 1000."),
        IndicatorSignature(
            .pvo,
            ["volume"],
            [.rows("fast", 12), .rows("slow", 26), .average("average", .exponential)],
            "A fast less a slow average of volume, in percent of the slow one."
        ),
        IndicatorSignature(.pvt, closeVolume, "Relative changes times volume, summed."),
        IndicatorSignature(.rvol, ["volume"], [.rows(20, from: 1)], "The volume over the mean of n rows before."),
        IndicatorSignature(
            .kvo,
            traded,
            [.rows("fast", 34), .rows("slow", 55), .rows("signal", 13)],
            outputs: ["kvo", "signal"],
            "Klinger's oscillator: a fast less a slow average of volume force, and its average."
        ),
    ]

    static let volatilities: [IndicatorSignature] = [
        IndicatorSignature(.atr, highLowClose, [.rows(14, from: 1)], "Wilder's average true range."),
        IndicatorSignature(
            .natr,
            highLowClose,
            [.rows(14, from: 1)],
            "The average true range in percent of the close."
        ),
        IndicatorSignature(
            .vr,
            highLowClose,
            [.rows("fast", 10, from: 1), .rows("slow", 20, from: 1)],
            "The average true range of few rows over that of many."
        ),
        IndicatorSignature(.trange, highLowClose, "How far prices went since the close before."),
        IndicatorSignature(.adr, highLow, [.rows(14, from: 1)], "The mean range."),
        IndicatorSignature(
            .cvi,
            highLow,
            [.rows(10), .rows("change", 10, from: 1)],
            "The change of an average of ranges, in percent."
        ),
        IndicatorSignature(
            .massi,
            highLow,
            [.rows("fast", 9), .rows("slow", 25)],
            "The sum of ratios of the once to the twice smoothed range."
        ),
        IndicatorSignature(
            .rvi,
            x,
            [.rows(14), .rows("deviation", 10)],
            "The relative strength of deviations, 0 to 100."
        ),
        IndicatorSignature(.avgprice, candle, "The mean of open, high, low and close."),
        IndicatorSignature(.medprice, highLow, "The middle of the range."),
        IndicatorSignature(.typprice, highLowClose, "The mean of high, low and close."),
        IndicatorSignature(.wclprice, highLowClose, "The mean of high, low and twice the close."),
        IndicatorSignature(.ha, candle, outputs: ["open", "high", "low", "close"], "Heikin-Ashi candles."),
    ]

    static let cycles: [IndicatorSignature] = [
        IndicatorSignature(.htDcperiod, x, "The period of the dominant cycle, in rows."),
        IndicatorSignature(.htDcphase, x, "Where the dominant cycle is, in degrees."),
        IndicatorSignature(.htPhasor, x, outputs: ["inphase", "quadrature"], "The components of the cycle."),
        IndicatorSignature(
            .htSine,
            x,
            outputs: ["sine", "leadsine"],
            "The sine of the phase, and that of 45 degrees later."
        ),
        IndicatorSignature(.htTrendmode, x, type: .int64, "1 while the market trends, 0 while it cycles."),
    ]

    static let statistics: [IndicatorSignature] = [
        IndicatorSignature(
            .beta,
            ["x", "y"],
            [.rows(5, from: 1)],
            "The slope of the relative changes of y over those of x."
        ),
        IndicatorSignature(
            .correl,
            ["x", "y"],
            [.rows(30, from: 1)],
            "Pearson's coefficient of correlation; 0 if a column does not vary."
        ),
        IndicatorSignature(.stddev, x, [.rows(5), .real("factor", 1)], "Some standard deviations of a population."),
        IndicatorSignature(.variance, x, [.rows(5, from: 1)], "The variance of a population."),
        IndicatorSignature(.avgdev, x, [.rows(14)], "The mean distance from the mean."),
        IndicatorSignature(
            .percentile,
            x,
            [.rows(30, from: 1), .real("percent", 50, 0...100)],
            "The value below or at which a share lies, by the nearest rank."
        ),
        IndicatorSignature(.percentrank, x, [.rows(100)], "The share of n values before that are smaller, in percent."),
        IndicatorSignature(.linearreg, x, [.rows(14)], "Where the line through n values ends."),
        IndicatorSignature(.linearregAngle, x, [.rows(14)], "The angle of that line, in degrees."),
        IndicatorSignature(.linearregIntercept, x, [.rows(14)], "Where that line starts."),
        IndicatorSignature(.linearregSlope, x, [.rows(14)], "What that line rises by in a row."),
        IndicatorSignature(.tsf, x, [.rows(14)], "Where that line will be in the next row."),
    ]
}
