import Columnar
import OperatorLoops

extension Market {
    /// One answer a group.
    var groups: [Question] {
        [
            Question(
                "SAMPLE BY 1m, ohlcv by symbol",
                "SELECT time, symbol, ohlcv(price, size) FROM trades SAMPLE BY 1m",
                bars
            ),
            Question(
                perRow: "tickcandler 1Min of ticks",
                "SELECT symbol, tickcandler('1Min', price, Sum::size) FROM trades"
            ),
            Question(
                perRow: "candlecandler 5Min of 1Min",
                "SELECT symbol, candlecandler('5Min', open, high, low, close, Sum::volume) FROM minute_bars"
            ),
            Question("SAMPLE BY 1m, vwap of all", "SELECT time, vwap(price, size) FROM trades SAMPLE BY 1m", vwap),
            Question("GROUP BY side", "SELECT side, count(), sum(size) FROM trades GROUP BY side", bySide),
            Question(
                "GROUP BY account",
                "SELECT account, count(), sum(size) FROM trades GROUP BY account",
                byAccount
            ),
        ]
    }

    /// Leaves the bars series by series; the engine gives them by time.
    private var bars: Loop {
        let bars = OwnedMemory<loop_bar>(capacity: tradeCount)
        let ends = OwnedMemory<Int>(capacity: series.count)
        return Loop { [self] in
            _ = withUnsafePointer(to: loopTrades) { loop_bars($0, Self.minute, bars.base, ends.base) }
        } answer: { [series] in
            var rows: [(bar: loop_bar, series: Int)] = []
            for index in series.indices {
                for place in (index == 0 ? 0 : ends.base[index - 1])..<ends.base[index] {
                    rows.append((bars.base[place], index))
                }
            }
            rows.sort { ($0.bar.bucket, $0.series) < ($1.bar.bucket, $1.series) }
            func prices(_ value: (loop_bar) -> Int64) -> [Scalar] {
                rows.map { .decimal(value($0.bar), scale: Self.priceScale) }
            }
            return Answer(
                rows.map { .timestamp($0.bar.bucket * Self.minute) },
                rows.map { .text(series[$0.series]) },
                prices(\.open),
                prices(\.high),
                prices(\.low),
                prices(\.close),
                rows.map { .decimal($0.bar.volume, scale: Self.sizeScale) }
            )
        }
    }

    private var vwap: Loop {
        let first = Self.start / Self.minute
        let last = (tradeTimes.array.max() ?? Self.start) / Self.minute
        let count = Int(last - first) + 1
        let notionals = OwnedMemory<Int64>(capacity: count)
        let volumes = OwnedMemory<Int64>(capacity: count)
        return Loop { [self] in
            withUnsafePointer(to: loopTrades) {
                loop_notionals($0, Self.minute, first, count, notionals.base, volumes.base)
            }
        } answer: { [pricePower] in
            let filled = (0..<count).filter { volumes.base[$0] > 0 }
            return Answer(
                filled.map { .timestamp((first + Int64($0)) * Self.minute) },
                filled.map { .float64(Double(notionals.base[$0]) / (Double(volumes.base[$0]) * pricePower)) }
            )
        }
    }

    private var bySide: Loop {
        let names = Self.sideNames
        let counts = OwnedMemory<Int64>(capacity: names.count)
        let volumes = OwnedMemory<Int64>(capacity: names.count)
        return Loop { [self] in
            withUnsafePointer(to: loopTrades) { loop_by_side($0, names.count, counts.base, volumes.base) }
        } answer: {
            Answer(
                names.map { .text($0) },
                names.indices.map { .int64(counts.base[$0]) },
                names.indices.map { .decimal(volumes.base[$0], scale: Self.sizeScale) }
            )
        }
    }

    private var byAccount: Loop {
        let slots = accountSlots
        let table = OwnedMemory<loop_group>(capacity: slots)
        let groups = OwnedMemory<loop_group>(capacity: accounts.count)
        var count = 0
        return Loop { [self] in
            count = withUnsafePointer(to: loopTrades) { loop_by_account($0, table.base, slots, groups.base) }
        } answer: {
            Answer(
                (0..<count).map { .int64(groups.base[$0].key) },
                (0..<count).map { .int64(groups.base[$0].count) },
                (0..<count).map { .decimal(groups.base[$0].sum, scale: Self.sizeScale) }
            )
        }
    }
}
