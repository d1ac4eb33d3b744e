import Columnar

extension IndicatorCatalog {
    static let averages: [IndicatorSignature] = [
        IndicatorSignature(.ma, x, [.rows(30, from: 1), .average()], "A moving average of a kind that is chosen."),
        IndicatorSignature(.rma, x, [.rows(30, from: 1)], "Wilder's smoothed average: α is 1 / n."),
        IndicatorSignature(.wma, x, [.rows(30)], "The average with weights that rise to the newest value."),
        IndicatorSignature(.dema, x, [.rows(30)], "The double exponential average: 2 e − e(e)."),
        IndicatorSignature(.tema, x, [.rows(30)], "The triple exponential average: 3 e − 3 e(e) + e(e(e))."),
        IndicatorSignature(.trima, x, [.rows(30)], "The average with weights that rise to the middle and fall."),
        IndicatorSignature(.kama, x, [.rows(30)], "Kaufman's average, faster the more directly the value goes."),
        IndicatorSignature(
            .mama,
            x,
            [.real("fast_limit", 0.5, 0.01...0.99), .real("slow_limit", 0.05, 0.01...0.99)],
            outputs: ["mama", "fama"],
            "Ehlers' adaptive average by the phase of the cycle, and the one that follows it."
        ),
        IndicatorSignature(
            .t3,
            x,
            [.rows(5), .real("factor", 0.7, 0...1)],
            "Tillson's mixture of six exponential averages."
        ),
        IndicatorSignature(
            .hma,
            x,
            [.rows(20)],
            "Hull's average: weighted averages of n / 2 and n rows, weighted over √n."
        ),
        IndicatorSignature(
            .zlema,
            x,
            [.rows(30)],
            "The exponential average of x + (x − x before), half a period before."
        ),
        IndicatorSignature(.vidya, x, [.rows(14)], "Chande's average, faster the stronger the momentum."),
        IndicatorSignature(
            .mavp,
            ["x", "periods"],
            [
                .init(name: "least", values: .whole(2...1000), default: 2),
                .init(name: "most", values: .whole(2...1000), default: 30), .average(),
            ],
            "A moving average whose number of rows is a column."
        ),
        IndicatorSignature(.vwma, closeVolume, [.rows(30, from: 1)], "The average of prices weighted by volume."),
        IndicatorSignature(.midpoint, x, [.rows(14)], "The middle between the largest and the smallest value."),
        IndicatorSignature(.midprice, highLow, [.rows(14)], "The middle between the highest high and the lowest low."),
        IndicatorSignature(.htTrendline, x, "The trend that is left when the dominant cycle is taken away."),
    ]

    static let bands: [IndicatorSignature] = [
        IndicatorSignature(
            .bbands,
            x,
            [.rows(20), .real("up", 2), .real("down", 2), .average()],
            outputs: lines,
            "Bollinger's bands: an average and lines some deviations away."
        ),
        IndicatorSignature(.accbands, highLowClose, [.rows(20)], outputs: lines, "Headley's acceleration bands."),
        IndicatorSignature(.donchian, highLow, [.rows(20)], outputs: lines, "Donchian's channel: the range of n bars."),
        IndicatorSignature(
            .kc,
            highLowClose,
            [.rows(20), .rows("atr_period", 10, from: 1), .real("width", 2)],
            outputs: lines,
            "Keltner's channel: an exponential average and lines some average true ranges away."
        ),
        IndicatorSignature(
            .ichimoku,
            highLow,
            [
                .rows("conversion_period", 9, from: 1), .rows("base_period", 26, from: 1),
                .rows("span_period", 52, from: 1), .rows("displacement", 26, from: 0),
            ],
            outputs: ["conversion", "base", "span_a", "span_b"],
            "Hosoda's lines, the spans as a chart shows them at the row."
        ),
        IndicatorSignature(
            .supertrend,
            highLowClose,
            [.rows(10), .real("width", 3)],
            outputs: ["supertrend", "trend"],
            "The line that trails the market, and 1 while it is below, -1 while it is above."
        ),
        IndicatorSignature(
            .sar,
            highLow,
            [.real("acceleration", 0.02, 0...1e9), .real("maximum", 0.2, 0...1e9)],
            "Wilder's parabolic stop and reverse."
        ),
        IndicatorSignature(
            .sarext,
            highLow,
            [
                .real("start", 0), .real("offset", 0, 0...1e9),
                .real("long_initial", 0.02, 0...1e9), .real("long_step", 0.02, 0...1e9),
                .real("long_maximum", 0.2, 0...1e9), .real("short_initial", 0.02, 0...1e9),
                .real("short_step", 0.02, 0...1e9), .real("short_maximum", 0.2, 0...1e9),
            ],
            "The parabolic stop with a choice for each side, negative while it is above the market."
        ),
        IndicatorSignature(
            .vwapBands,
            traded,
            [.real("width", 2)],
            outputs: lines,
            "The volume-weighted average of typical prices since the first row, and lines some deviations away."
        ),
    ]
}
