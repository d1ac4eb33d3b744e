import Columnar
import Engine
import QueryLang
import Synchronization

/// What the columns of an answer are to MarketStore's clients: a column of a bucket keeps the type that it was created with
/// through sub-queries, and through what picks one of its values; functions say theirs; all else has that of its values.
struct WireTypes: Sendable {
    private let directory: any BucketDirectory
    private let known = KnownTables()

    init(_ directory: any BucketDirectory) { self.directory = directory }

    /// One column of an answer.
    struct Column {
        let index: Int
        let name: String
        let type: WireType
        /// Whether a text may be longer than the type says.
        let isFreeText: Bool
        /// Whether it says of which symbol a row is, where rows of several are answered.
        var isSymbol = false
    }

    /// The columns that a client gets of a statement. The exact time of variable buckets is none: `Epoch` and `Nanoseconds`
    /// say it.
    ///
    /// - Parameter bucket: one of those that rows are of; its columns are called as it calls them. Nil for a statement, in which
    ///   they have the names of the table.
    func columns(of prepared: PreparedQuery, known bucket: Bucket? = nil) -> [Column] {
        if let bucket { known.note(bucket) }
        let names = prepared.columns.map(\.name)
        let own = bucket.map { Dictionary(zip($0.storedNames, $0.columns.map(\.name))) { first, _ in first } } ?? [:]
        var columns: [Column] = []
        for (index, column) in prepared.columns.enumerated() {
            var origin: Origin?
            if case .select(let select) = prepared.statement { origin = self.origin(of: index, in: select) }
            // What `*` has of it is called so; a list may give it another name, and then means it.
            let isTime = origin == .exactTime && column.name.hasPrefix(BucketText.time)
            if column.name == SelectionPlan.place || isTime && names.contains(BucketText.epoch) { continue }
            var type = Self.type(of: column.type)
            if case .type(let wire)? = origin { type = wire }
            let isFree = column.type.isText && origin == nil
            columns.append(
                Column(
                    index: index,
                    name: own[column.name] ?? column.name,
                    type: type,
                    isFreeText: isFree,
                    isSymbol: column.name == BucketText.symbol
                )
            )
        }
        return columns
    }

    private static func type(of type: ColumnType) -> WireType {
        switch type {
        case .boolean: .uint8
        case .int64, .timestamp: .int64
        case .float64: .float64
        case .symbol, .string: .string16
        }
    }

    // MARK: Origins

    /// What is known of a column beyond the type of its values.
    private enum Origin: Equatable {
        case type(WireType)
        /// The exact time of a variable bucket.
        case exactTime
    }

    private func origin(of column: Int, in select: BoundSelect) -> Origin? {
        if let declared = select.columns[column].declared, let type = Self.type(of: declared) { return .type(type) }
        if select.columns[column].name == BucketText.nanoseconds, select.columns[column].type == .int64,
            case .table(let table) = select.source, bucket(of: table.name)?.isVariable ?? false
        {
            return .type(.int32)
        }
        return origin(of: select.outputs[column], in: select)
    }

    private func origin(of expression: BoundExpression, in select: BoundSelect) -> Origin? {
        switch expression {
        case .column(let index, _): return origin(of: index, of: select.source)
        case .key(let index, _):
            guard case .aggregate(let aggregation) = select.shape else { return nil }
            return origin(of: aggregation.keys[index], in: select)
        case .aggregate(let index, _, _):
            guard case .aggregate(let aggregation) = select.shape else { return nil }
            let call = aggregation.aggregates[index]
            switch call.function {
            case .min, .max, .first, .last, .firstRow, .lastRow, .argMin, .argMax:
                return call.arguments.first.flatMap { origin(of: $0, in: select) }
            default: return nil
            }
        case .call(.coalesce, let arguments, _):
            return arguments.last.flatMap { origin(of: $0, in: select) }
        default: return nil
        }
    }

    private func origin(of column: Int, of source: BoundSource) -> Origin? {
        switch source {
        case .table(let table):
            guard let bucket = bucket(of: table.name) else { return nil }
            if column == table.timeColumn { return bucket.isVariable ? .exactTime : nil }
            let name = table.columns[column].name
            return zip(bucket.storedNames, bucket.columns).first { $0.0 == name }.map { .type($0.1.type) }
        case .query(let select): return origin(of: column, in: select)
        case .join(let join):
            let left = join.left.types.count
            return column < left ? origin(of: column, of: join.left) : rightOrigin(of: column - left, join)
        case .set(let set):
            let left = origin(of: column, in: set.left)
            return left == origin(of: column, in: set.right) ? left : nil
        case .values, .sequence, .book: return nil
        }
    }

    /// A WINDOW JOIN gives aggregates instead of its right side.
    private func rightOrigin(of column: Int, _ join: BoundJoin) -> Origin? {
        if case .window = join.kind { nil } else { origin(of: column, of: join.right) }
    }

    private static func type(of declared: DeclaredType) -> WireType? {
        switch declared {
        case .float: .float32
        case .double: .float64
        case .byte: .int8
        case .short: .int16
        case .int: .int32
        case .long: .int64
        case .boolean, .char, .date, .timestampMicros, .timestampNanos, .string, .varchar, .symbol: nil
        }
    }

    // MARK: Tables

    /// A bucket whose rows lie in a table: all of them have the same columns.
    private func bucket(of table: String) -> Bucket? {
        if let bucket = known.bucket(of: table), directory.bucket(bucket.key) == bucket { return bucket }
        let parts = table.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let attribute = parts[1].split(separator: "~", omittingEmptySubsequences: false)
        let plain = attribute.count > 1 && Int(attribute[attribute.count - 1]) != nil
        let name = plain ? attribute.dropLast().joined(separator: "~") : String(parts[1])
        for attribute in Set([name, String(parts[1])]) {
            let buckets = directory.buckets(timeframe: String(parts[0]), attribute: attribute)
            guard let bucket = buckets.first(where: { $0.table == table }) else { continue }
            known.note(bucket)
            return bucket
        }
        return nil
    }
}

/// A bucket of each table that was asked for, so that a family of many symbols is looked through once.
private final class KnownTables: Sendable {
    private let buckets = Mutex<[String: Bucket]>([:])
    /// Tables at most; then it is emptied.
    private static let countMax = 10_000

    func note(_ bucket: Bucket) {
        buckets.withLock { buckets in
            if buckets.count >= Self.countMax { buckets = [:] }
            buckets[bucket.table] = bucket
        }
    }

    func bucket(of table: String) -> Bucket? { buckets.withLock { $0[table] } }
}
