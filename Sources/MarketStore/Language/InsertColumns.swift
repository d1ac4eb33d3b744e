import Columnar
import QueryLang

/// Which columns of a SELECT go into which ones of a bucket.
///
/// They are found by name. With a list of columns behind the bucket that the SELECT does not all name, they go by place. What
/// is not listed gets NaN, 0 or no text.
struct InsertColumns {
    /// The columns to read, as the bucket's types, in the order of ``names``.
    let read: [WireTypes.Column]
    private let bucket: Bucket

    /// The names of a bucket's columns with `Epoch`, and `Nanoseconds` if it has them.
    static func names(of bucket: Bucket) -> [String] {
        [BucketText.epoch] + bucket.columns.map(\.name) + (bucket.isVariable ? [BucketText.nanoseconds] : [])
    }

    init(_ insert: InsertStatement, _ bucket: Bucket, _ answer: [ResultColumn]) throws(QueryError) {
        self.bucket = bucket
        let known = Self.names(of: bucket)
        var targets = known
        if let listed = insert.columns {
            targets = []
            for name in listed {
                guard let target = known.first(where: { $0.lowercased() == name.name.lowercased() }) else {
                    throw QueryError(
                        .unknownColumn,
                        "the bucket \(bucket.key) has no column '\(name.name)'",
                        at: name.span,
                        expected: known,
                        hint: "its columns are \(known.joined(separator: ", "))"
                    )
                }
                targets.append(target)
            }
        }
        var read: [WireTypes.Column] = []
        var missing: [String] = []
        for target in targets {
            guard let index = Self.index(of: target, in: answer, of: bucket) else {
                // A variable row without nanoseconds is one at the full second.
                if target != BucketText.nanoseconds || insert.columns != nil { missing.append(target) }
                continue
            }
            read.append(try Self.column(target, index, answer[index], bucket))
        }
        if !missing.isEmpty, insert.columns != nil, targets.count == answer.count {
            (read, missing) = ([], [])
            for (index, target) in targets.enumerated() {
                read.append(try Self.column(target, index, answer[index], bucket))
            }
        }
        guard missing.isEmpty else {
            throw QueryError(
                .unknownColumn,
                "Unable to find these columns: [\(missing.joined(separator: " "))] needed for INSERT into \(bucket.key)",
                at: insert.table.span,
                hint: "name them with aliases in the SELECT, or list the columns that are to be filled"
            )
        }
        guard read.contains(where: { $0.name == BucketText.epoch }) else {
            throw QueryError(.semantic, "an INSERT needs \(BucketText.epoch)", at: insert.table.span)
        }
        self.read = read
    }

    /// Which column of a SELECT is called like one of a bucket: as a SELECT from that bucket calls it, or else in any case.
    private static func index(of target: String, in answer: [ResultColumn], of bucket: Bucket) -> Int? {
        let stored = zip(bucket.columns, bucket.storedNames).first { $0.0.name == target }?.1
        return answer.firstIndex { $0.name == stored }
            ?? answer.firstIndex { $0.name.lowercased() == target.lowercased() }
    }

    private static func column(
        _ target: String,
        _ index: Int,
        _ source: ResultColumn,
        _ bucket: Bucket
    ) throws(QueryError) -> WireTypes.Column {
        let type: WireType =
            switch target {
            case BucketText.epoch: .int64
            case BucketText.nanoseconds where bucket.isVariable: .int32
            default: bucket.columns.first { $0.name == target }?.type ?? .float64
            }
        guard source.type.isText == (type == .string16), target != BucketText.epoch || !source.type.isText else {
            throw QueryError(
                .type,
                "column '\(target)' of \(bucket.key) is \(type.rawValue), and the SELECT's is \(source.type.name)"
            )
        }
        return WireTypes.Column(index: index, name: target, type: type, isFreeText: false)
    }

    /// The rows with all columns of the bucket.
    func dataset(_ answer: WireAnswer, key: String) -> Dataset {
        var columns: [Dataset.Column] = []
        for name in Self.names(of: bucket) {
            if let column = answer.columns.first(where: { $0.name == name }) {
                columns.append(column)
                continue
            }
            let type = bucket.columns.first { $0.name == name }?.type ?? .int32
            let bytes: [UInt8] =
                switch type {
                case .float32: WireValues.bytes(of: [UInt32](repeating: Float.nan.bitPattern, count: answer.rowCount))
                case .float64: WireValues.bytes(of: [UInt64](repeating: Double.nan.bitPattern, count: answer.rowCount))
                default: [UInt8](repeating: 0, count: type.size * answer.rowCount)
                }
            columns.append(Dataset.Column(name: name, type: type.rawValue, bytes: bytes))
        }
        let span = Dataset.Span(key: key, start: 0, count: answer.rowCount)
        return Dataset(columns: columns, rowCount: answer.rowCount, spans: [span])
    }
}
