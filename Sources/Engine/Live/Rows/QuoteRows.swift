import Columnar
import Market

/// Rows of the `quotes` table.
struct QuoteRows: ~Copyable {
    private var head = EventColumns()
    private var updateID = Lane<Int64>(0)
    private var bid = Lane<Int64>(0)
    private var bidSize = Lane<Int64>(0)
    private var ask = Lane<Int64>(0)
    private var askSize = Lane<Int64>(0)

    mutating func begin(rows: Int) {
        head.begin(rows: rows)
        updateID.begin(rows: rows)
        bid.beginPlain(rows: rows)
        bidSize.beginPlain(rows: rows)
        ask.beginPlain(rows: rows)
        askSize.beginPlain(rows: rows)
    }

    mutating func append(_ event: MarketEvent) {
        head.append(event)
        updateID.append(event.id)
        bid.append(event.price)
        bidSize.append(event.size)
        ask.append(event.price2)
        askSize.append(event.size2)
    }

    mutating func take(series: Series, into batch: inout AppendBatch) {
        let rows = head.count
        guard rows > 0 else { return }
        var columns = head.take(more: 5)
        columns.append(updateID.takeIntegers())
        columns.append(bid.takeDecimals(scale: series.priceScale))
        columns.append(bidSize.takeDecimals(scale: series.sizeScale))
        columns.append(ask.takeDecimals(scale: series.priceScale))
        columns.append(askSize.takeDecimals(scale: series.sizeScale))
        batch.groups.append(
            AppendGroup(table: MarketTables.quotes, series: series.name, columns: columns, rowCount: rows)
        )
    }
}
