import Columnar

extension IndicatorCatalog {
    private static let macdColumns = ["macd", "signal", "histogram"]

    static let momentum: [IndicatorSignature] = [
        IndicatorSignature(.mom, x, [.rows(10, from: 1)], "The change since n rows before."),
        IndicatorSignature(.roc, x, [.rows(10, from: 1)], "The change since n rows before, in percent."),
        IndicatorSignature(.rocp, x, [.rows(10, from: 1)], "The change since n rows before, as a fraction."),
        IndicatorSignature(.rocr, x, [.rows(10, from: 1)], "The value over that of n rows before."),
        IndicatorSignature(.rocr100, x, [.rows(10, from: 1)], "The value over that of n rows before, times 100."),
        IndicatorSignature(.rsi, x, [.rows(14)], "Wilder's relative strength index, 0 to 100."),
        IndicatorSignature(.cmo, x, [.rows(14)], "Chande's momentum with Wilder's averages, -100 to 100."),
        IndicatorSignature(.cmou, x, [.rows(14)], "Chande's momentum with sums, -100 to 100."),
        IndicatorSignature(.imi, openClose, [.rows(14)], "The share of bodies that rose, 0 to 100."),
        IndicatorSignature(
            .apo,
            x,
            [.rows("fast", 12), .rows("slow", 26), .average("average", .exponential)],
            "A fast less a slow average."
        ),
        IndicatorSignature(
            .ppo,
            x,
            [.rows("fast", 12), .rows("slow", 26), .average("average", .exponential)],
            "A fast less a slow average, in percent of the slow one."
        ),
        IndicatorSignature(
            .macd,
            x,
            [.rows("fast", 12), .rows("slow", 26), .rows("signal", 9, from: 1)],
            outputs: macdColumns,
            "A fast less a slow exponential average, its own average, and the difference of both."
        ),
        IndicatorSignature(
            .macdext,
            x,
            [
                .rows("fast", 12), .average("fast_average"), .rows("slow", 26), .average("slow_average"),
                .rows("signal", 9, from: 1), .average("signal_average"),
            ],
            outputs: macdColumns,
            "The same with averages that are chosen."
        ),
        IndicatorSignature(
            .macdfix,
            x,
            [.rows("signal", 9, from: 1)],
            outputs: macdColumns,
            "The same with weights 0.15 and 0.075."
        ),
        IndicatorSignature(.trix, x, [.rows(30, from: 1)], "The change of a triple exponential average, in percent."),
        IndicatorSignature(.tsi, x, [.rows("first", 25), .rows("second", 13)], "Blau's true strength, -100 to 100."),
        IndicatorSignature(
            .coppock,
            x,
            [.rows("period", 10), .rows("short", 11, from: 1), .rows("long", 14, from: 1)],
            "The weighted average of two rates of change."
        ),
        IndicatorSignature(.dpo, x, [.rows(20)], "The value n / 2 + 1 rows before less the mean."),
        IndicatorSignature(.fosc, x, [.rows(5)], "How far the value is from its forecast, in percent."),
        IndicatorSignature(.psl, x, [.rows(12, from: 1)], "The share of rows in which the value rose, in percent."),
    ]

    static let oscillators: [IndicatorSignature] = [
        IndicatorSignature(
            .stoch,
            highLowClose,
            [
                .rows("period", 5, from: 1), .rows("slow_k", 3, from: 1), .average("slow_k_average"),
                .rows("slow_d", 3, from: 1), .average("slow_d_average"),
            ],
            outputs: ["k", "d"],
            "Lane's slow stochastic and its average."
        ),
        IndicatorSignature(
            .stochf,
            highLowClose,
            [.rows("period", 5, from: 1), .rows("fast_d", 3, from: 1), .average()],
            outputs: ["k", "d"],
            "Lane's fast stochastic and its average."
        ),
        IndicatorSignature(
            .stochrsi,
            x,
            [.rows(14), .rows("fast_k", 5, from: 1), .rows("fast_d", 3, from: 1), .average()],
            outputs: ["k", "d"],
            "The fast stochastic of the relative strength index."
        ),
        IndicatorSignature(
            .kdj,
            highLowClose,
            [
                .rows("period", 9, from: 1), .rows("slow_k", 3, from: 1), .average("slow_k_average", .wilder),
                .rows("slow_d", 3, from: 1), .average("slow_d_average", .wilder),
            ],
            outputs: ["k", "d", "j"],
            "The slow stochastic, its average, and 3 k − 2 d."
        ),
        IndicatorSignature(
            .smi,
            highLowClose,
            [.rows("period", 13), .rows("fast", 2), .rows("slow", 25), .rows("signal", 9)],
            outputs: ["smi", "signal"],
            "Blau's stochastic momentum and its average."
        ),
        IndicatorSignature(.willr, highLowClose, [.rows(14)], "Where the close is below the highest high, -100 to 0."),
        IndicatorSignature(
            .cci,
            highLowClose,
            [.rows(14)],
            "How far the typical price is from its mean, in 0.015 mean deviations."
        ),
        IndicatorSignature(.mfi, traded, [.rows(14)], "The relative strength of typical price times volume, 0 to 100."),
        IndicatorSignature(
            .ultosc,
            highLowClose,
            [.rows("short", 7, from: 1), .rows("middle", 14, from: 1), .rows("long", 28, from: 1)],
            "Buying pressure over true range in three windows, 0 to 100."
        ),
        IndicatorSignature(.bop, candle, "The body over the range, -1 to 1."),
        IndicatorSignature(
            .eri,
            highLowClose,
            [.rows(13)],
            outputs: ["bull", "bear"],
            "How far high and low are above an average."
        ),
        IndicatorSignature(.ao, highLow, [.rows("fast", 5), .rows("slow", 34)], "A fast less a slow mean of middles."),
        IndicatorSignature(
            .ac,
            highLow,
            [.rows("fast", 5), .rows("slow", 34), .rows("signal", 5)],
            "The awesome oscillator less its own mean."
        ),
        IndicatorSignature(.qstick, openClose, [.rows(10)], "The mean of bodies."),
    ]
}
