import Columnar
import Engine
import MarketStore

/// A bucket and the table that holds its rows.
struct StoredBucket: Equatable {
    let key: BucketKey
    let table: String
    let isVariable: Bool
    /// Columns whose numbers are kept in 32 bits.
    var singles: Set<String> = []
    /// Whether the gateway's own feed writes it.
    var isOfFeed = false

    /// Names of the columns of that type in a bucket's list, which has a line a column: `f4 Open`.
    static func singles(in columns: String) -> Set<String> {
        let prefix = WireType.float32.rawValue + " "
        let lines = columns.split(separator: "\n").filter { $0.hasPrefix(prefix) }
        return Set(lines.map { String($0.dropFirst(prefix.count)) })
    }
}

/// Statements about the rows of a bucket.
enum BucketStatements {
    /// An hour: days are so much longer when clocks change, and a bar a day leaves no gap then.
    private static let slack = CivilTime.hour

    /// Gives table, kind and columns of a bucket; no row, or one without a table, if there is none.
    static func place(of key: BucketKey) -> String {
        "SELECT \"table\", is_variable, \"columns\" FROM system.marketstore_buckets"
            + " WHERE bucket = \(text(key.description))"
    }

    /// Gives the symbol of a bucket that the gateway's own feed writes, which the list of buckets has not; nil if it writes none
    /// of that timeframe and group.
    static func placeInFeed(of key: BucketKey) -> String? {
        guard "\(key.timeframe)/\(key.attribute)" == MarketTables.bars else { return nil }
        return "SELECT symbol FROM \(name(MarketTables.bars, "\"")) WHERE symbol = \(text(key.symbol)) LIMIT 1"
    }

    /// The rows of a time, both ends included.
    static func rows(of bucket: StoredBucket, from: Int64?, through: Int64?) -> String {
        // Of a variable bucket Epoch is cut to the second; what is asked for is the moment.
        let time = bucket.isVariable ? "time" : "Epoch"
        var conditions: [String] = []
        if let from { conditions.append("\(time) >= '\(CivilTime.text(from))'") }
        if let through { conditions.append("\(time) <= '\(CivilTime.text(through))'") }
        let filter = conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
        return "SELECT * FROM \(name(bucket.key.description, "`"))\(filter)"
    }

    /// Deletes the rows from a moment on.
    static func deletion(of bucket: StoredBucket, from: Int64) -> String {
        "DELETE FROM \(name(bucket.table, "\"")) WHERE symbol = \(text(bucket.key.symbol))"
            + " AND time >= '\(CivilTime.text(from))'"
    }

    /// Where two rows are farther apart than the timeframe.
    static func gaps(of bucket: StoredBucket, timeframe: Timeframe) -> String {
        let length = timeframe.nanoseconds
        let threshold = length >= CivilTime.day ? length.addingReportingOverflow(slack).partialValue : length
        return """
            SELECT start, "end", ("end" - start) / 1000000000.0 AS seconds
            FROM (SELECT time AS start, lead(time) OVER (ORDER BY time) AS "end" FROM \(name(bucket.table, "\""))
            WHERE symbol = \(text(bucket.key.symbol)))
            WHERE "end" - start > \(threshold)
            """
    }

    private static func text(_ text: String) -> String { "'\(text.replacing("'", with: "''"))'" }

    private static func name(_ name: String, _ quote: String) -> String {
        quote + name.replacing(quote, with: quote + quote) + quote
    }
}
