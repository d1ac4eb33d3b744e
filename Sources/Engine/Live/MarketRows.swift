import Columnar
import Market

/// Rows of one instrument on their way to the tables, column by column.
struct MarketRows: ~Copyable {
    private var tradeHead = EventColumns()
    private var tradeID = BufferBuilder<Int64>()
    private var tradeSide = BufferBuilder<UInt32>()
    private var tradePrice = BufferBuilder<Int64>()
    private var tradeSize = BufferBuilder<Int64>()

    private var quoteHead = EventColumns()
    private var quoteID = BufferBuilder<Int64>()
    private var bid = BufferBuilder<Int64>()
    private var bidSize = BufferBuilder<Int64>()
    private var ask = BufferBuilder<Int64>()
    private var askSize = BufferBuilder<Int64>()

    private var book = BookRows()
    private var bars: [(start: Int64, bar: Bar)] = []
    private var views: [ViewRows] = [
        ViewRows(table: FeatureCatalog.bookView, features: FeatureCatalog.bookRange),
        ViewRows(table: FeatureCatalog.tradeView, features: FeatureCatalog.tradeRange),
    ]

    private static let takers = StringDictionary(["buy", "sell"])

    mutating func appendTrade(_ event: MarketEvent) {
        tradeHead.append(event)
        tradeID.append(event.id)
        tradeSide.append(event.side == .bid ? 0 : 1)
        tradePrice.append(event.price)
        tradeSize.append(event.size)
    }

    mutating func appendQuote(_ event: MarketEvent) {
        quoteHead.append(event)
        quoteID.append(event.id)
        bid.append(event.price)
        bidSize.append(event.size)
        ask.append(event.price2)
        askSize.append(event.size2)
    }

    mutating func appendChanges(_ event: MarketEvent, _ changes: ArraySlice<LevelChange>, kind: BookRows.Kind) {
        for change in changes { book.append(event, change, kind: kind) }
    }

    mutating func appendKeyframe(_ event: MarketEvent, _ state: borrowing OrderBook) {
        for depth in 0..<state.bids.count {
            guard let level = state.bids.level(depth) else { break }
            book.append(event, LevelChange(side: .bid, price: level.price, size: level.size), kind: .keyframe)
        }
        for depth in 0..<state.asks.count {
            guard let level = state.asks.level(depth) else { break }
            book.append(event, LevelChange(side: .ask, price: level.price, size: level.size), kind: .keyframe)
        }
    }

    mutating func appendState(_ event: MarketEvent) { book.appendState(event) }

    mutating func appendClock(_ event: MarketEvent) { book.appendClock(event) }

    mutating func appendBar(start: Int64, _ bar: Bar) { bars.append((start, bar)) }

    mutating func appendView(_ index: Int, _ mark: ViewMark, _ row: FeatureRow, state: BookState) {
        views[index].append(mark, row, state: state)
    }

    /// Moves all rows into groups of a batch.
    mutating func take(series: String, priceScale: Int, sizeScale: Int, into batch: inout AppendBatch) {
        if tradeHead.count > 0 {
            let rows = tradeHead.count
            let columns =
                tradeHead.take() + [
                    integers(tradeID.take()), Vector(type: .symbol, form: .dictionary(tradeSide.take(), Self.takers)),
                    decimals(tradePrice.take(), priceScale), decimals(tradeSize.take(), sizeScale),
                ]
            batch.groups.append(AppendGroup(table: MarketTables.trades, series: series, columns: columns, rowCount: rows))
        }
        if quoteHead.count > 0 {
            let rows = quoteHead.count
            let columns =
                quoteHead.take() + [
                    integers(quoteID.take()), decimals(bid.take(), priceScale), decimals(bidSize.take(), sizeScale),
                    decimals(ask.take(), priceScale), decimals(askSize.take(), sizeScale),
                ]
            batch.groups.append(AppendGroup(table: MarketTables.quotes, series: series, columns: columns, rowCount: rows))
        }
        book.take(series: series, priceScale: priceScale, sizeScale: sizeScale, into: &batch)
        takeBars(series: series, into: &batch)
        for index in views.indices { views[index].take(series: series, into: &batch) }
    }

    private mutating func takeBars(series: String, into batch: inout AppendBatch) {
        guard !bars.isEmpty else { return }
        let prices: [[Double]] = [
            bars.map(\.bar.open), bars.map(\.bar.high), bars.map(\.bar.low), bars.map(\.bar.close),
            bars.map(\.bar.volume),
        ]
        let columns: [Vector?] = [.timestamps(bars.map(\.start)), nil] + prices.map { .float64($0) }
        batch.groups.append(
            AppendGroup(table: MarketTables.bars, series: series, columns: columns, rowCount: bars.count)
        )
        bars.removeAll(keepingCapacity: true)
    }
}

/// The columns that every row made from an event begins with: time, symbol (left to the series key), seq, receive time.
struct EventColumns: ~Copyable {
    private var time = BufferBuilder<Int64>()
    private var seq = BufferBuilder<Int64>()
    private var receiveTime = BufferBuilder<Int64>()

    var count: Int { time.count }

    @inline(__always)
    mutating func append(_ event: MarketEvent) {
        append(time: event.time, seq: event.seq, receiveTime: event.receiveTime)
    }

    @inline(__always)
    mutating func append(time: Int64, seq: Int64, receiveTime: Int64) {
        self.time.append(time)
        self.seq.append(seq)
        self.receiveTime.append(receiveTime)
    }

    mutating func take() -> [Vector?] {
        [
            Vector(type: .timestamp, form: .int64(time.take())), nil, integers(seq.take()),
            Vector(type: .timestamp, form: .int64(receiveTime.take())),
        ]
    }
}

func integers(_ values: Buffer<Int64>) -> Vector { Vector(type: .int64, form: .int64(values)) }

func decimals(_ values: Buffer<Int64>, _ scale: Int, validity: Validity? = nil) -> Vector {
    Vector(type: .float64, form: .scaledInteger(values, scale: scale), validity: validity)
}
