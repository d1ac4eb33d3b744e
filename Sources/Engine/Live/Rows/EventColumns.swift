import Columnar
import Market

/// The columns that every row made from an event begins with: time, symbol (left to the series key), seq, receive time.
struct EventColumns: ~Copyable {
    private var time = Lane<Int64>(0)
    private var seq = Lane<Int64>(0)
    private var receiveTime = Lane<Int64>(0)

    var count: Int { time.count }

    mutating func begin(rows: Int) {
        time.begin(rows: rows)
        seq.begin(rows: rows)
        receiveTime.begin(rows: rows)
    }

    /// Appends the event's own columns to so many rows.
    @inline(__always)
    mutating func append(_ event: MarketEvent, count rows: Int = 1) {
        time.append(event.time, count: rows)
        seq.append(event.seq, count: rows)
        receiveTime.append(event.receiveTime, count: rows)
    }

    /// The vectors, nil standing for the series key; `more` is how many columns follow.
    mutating func take(more: Int) -> [Vector?] {
        var columns: [Vector?] = []
        columns.reserveCapacity(4 + more)
        columns.append(time.takeTimes())
        columns.append(nil)
        columns.append(seq.takeIntegers())
        columns.append(receiveTime.takeTimes())
        return columns
    }
}
