import Columnar
import Market

/// Rows of the `trades` table.
struct TradeRows: ~Copyable {
    private static let takers = StringDictionary(["buy", "sell"])

    private var head = EventColumns()
    private var id = Lane<Int64>(0)
    private var side = Lane<UInt32>(0)
    private var price = Lane<Int64>(0)
    private var size = Lane<Int64>(0)

    mutating func begin(rows: Int) {
        head.begin(rows: rows)
        id.begin(rows: rows)
        side.begin(rows: rows)
        price.beginPlain(rows: rows)
        size.beginPlain(rows: rows)
    }

    mutating func append(_ event: MarketEvent) {
        head.append(event)
        id.append(event.id)
        side.append(UInt32(event.side.rawValue))
        price.append(event.price)
        size.append(event.size)
    }

    mutating func take(series: Series, into batch: inout AppendBatch) {
        let rows = head.count
        guard rows > 0 else { return }
        var columns = head.take(more: 4)
        columns.append(id.takeIntegers())
        columns.append(side.takeSymbols(Self.takers))
        columns.append(price.takeDecimals(scale: series.priceScale))
        columns.append(size.takeDecimals(scale: series.sizeScale))
        batch.groups.append(
            AppendGroup(table: MarketTables.trades, series: series.name, columns: columns, rowCount: rows)
        )
    }
}

/// Whose rows they are.
struct Series {
    let name: String
    let priceScale: Int
    let sizeScale: Int
}
