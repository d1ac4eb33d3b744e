import Columnar

/// The SELECTs that read buckets from the table of their family.
enum BucketText {
    /// What is made of the symbol.
    enum Symbol {
        /// There is one symbol: the rows are its own, and it is no column.
        case fixed
        /// Rows of several symbols, or of one, with the column `symbol`; which ones is for the caller to add.
        case column
    }

    /// The name of a column of the answer that holds the seconds.
    static let epoch = "Epoch"
    /// The name of the column with what the seconds leave.
    static let nanoseconds = "Nanoseconds"
    /// The table's columns besides those of the bucket.
    static let (time, symbol) = ("time", "symbol")

    /// A name in backquotes.
    static func quoted(_ name: String) -> String {
        "`" + name.split(separator: "`", omittingEmptySubsequences: false).joined(separator: "``") + "`"
    }

    /// A text in quotes.
    static func text(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }

    /// The rows of buckets of one table: `Epoch` and the columns by the names that they have in statements; of variable buckets
    /// also `Nanoseconds` and the exact `time`.
    static func rows(_ buckets: [Bucket], symbol: Symbol) -> String {
        let bucket = buckets[0]
        var items = symbol == .column ? [Self.symbol] : []
        items.append("\(bucket.isVariable ? "date_trunc('second', time)" : time) AS \(epoch)")
        items += zip(bucket.storedNames, bucket.shownNames).map { stored, shown in
            stored == shown ? quoted(stored) : "\(quoted(stored)) AS \(quoted(shown))"
        }
        if bucket.isVariable {
            items.append("epoch_ns(time) - epoch_ns(date_trunc('second', time)) AS \(nanoseconds)")
            items.append(time)
        }
        return "SELECT \(items.joined(separator: ", ")) \(from(bucket, symbol))"
    }

    /// FROM with the symbol's condition.
    static func from(_ bucket: Bucket, _ symbol: Symbol) -> String {
        // The name of the first table alone is that of the whole family.
        let isFirst = bucket.table == BucketFamily(bucket.key).description
        let from = "FROM \(quoted(isFirst ? "\(bucket.table)~1" : bucket.table))"
        return symbol == .fixed ? "\(from) WHERE \(Self.symbol) = \(text(bucket.series))" : from
    }
}
