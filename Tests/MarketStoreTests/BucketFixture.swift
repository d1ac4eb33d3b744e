import Columnar
import Engine
import MarketStore
import QueryLang
import Store
import StoreSupport
import Synchronization

/// A directory of buckets that a test fills by hand.
final class ListedBuckets: BucketDirectory {
    private let buckets: Mutex<[BucketKey: Bucket]>

    init(_ buckets: [Bucket]) {
        self.buckets = Mutex(Dictionary(uniqueKeysWithValues: buckets.map { ($0.key, $0) }))
    }

    func bucket(_ key: BucketKey) -> Bucket? { buckets.withLock { $0[key] } }

    func buckets(timeframe: String, attribute: String) -> [Bucket] {
        all.filter { $0.key.timeframe == timeframe && $0.key.attribute == attribute }
    }

    var all: [Bucket] { buckets.withLock { $0.values.sorted { $0.key < $1.key } } }
}

/// An engine over a store with the tables of some buckets, and the pipelines over them.
final class BucketFixture {
    let store: Store
    let engine: QueryEngine
    let directory: ListedBuckets
    let pipelines: BucketPipelines
    /// What INSERT has written.
    let written = Mutex<[DataWrite]>([])

    init(_ buckets: [Bucket], zone: ZoneRules = .utc) throws {
        store = try Store.open(directory: "/data", fileSystem: SimulatedDisk(seed: 1))
        directory = ListedBuckets(buckets)
        let system = VirtualTables()
        system.setViews(BucketViews(directory: directory, zone: zone))
        engine = QueryEngine(source: store, writer: store, system: system)
        let sink = WriteSink()
        pipelines = BucketPipelines(engine: engine, directory: directory, zone: zone) { sink.write($0) }
        self.sink = sink
        for bucket in Set(buckets.map(\.table)).compactMap({ table in buckets.first { $0.table == table } }) {
            try create(bucket)
        }
    }

    private let sink: WriteSink

    /// The rows that INSERT gave.
    var writes: [DataWrite] { sink.writes.withLock { $0 } }

    deinit { store.close(flush: false) }

    private func create(_ bucket: Bucket) throws {
        let columns = bucket.columns.map { column in
            switch column.type {
            case .float32, .float64: "\"\(column.name)\" float64"
            case .string16: "\"\(column.name)\" string"
            default: "\"\(column.name)\" int64"
            }
        }
        let list = (["time timestamp", "symbol symbol"] + columns).joined(separator: ", ")
        let isRegular = !bucket.isVariable && Timeframe(bucket.key.timeframe)?.fixedNanoseconds(in: .utc) != nil
        let kind = isRegular ? " TIMEFRAME \(bucket.key.timeframe)" : ""
        try tql("CREATE TABLE \"\(bucket.table)\" (\(list))\(kind)")
    }

    /// Adds rows: time in nanoseconds, and values as SQL writes them.
    func add(_ bucket: Bucket, _ rows: [(Int64, [String])]) throws {
        for start in stride(from: 0, to: rows.count, by: 400) {
            let values = rows[start..<min(start + 400, rows.count)].map { time, values in
                "(\(time), '\(bucket.key.symbol)', \(values.joined(separator: ", ")))"
            }
            try tql("INSERT INTO \"\(bucket.table)\" VALUES \(values.joined(separator: ", "))")
        }
    }

    /// Rows of an answer in our own dialect as text: values by `|`.
    @discardableResult
    func tql(_ text: String, dialect: QueryDialect = .tickgate) throws(QueryError) -> [String] {
        let stream = try engine.execute(try engine.prepare(text, dialect: dialect))
        var rows: [String] = []
        while let batch = try stream.next() {
            for row in 0..<batch.rowCount {
                rows.append(batch.columns.map { Self.text($0.scalar(at: row)) }.joined(separator: "|"))
            }
        }
        return rows
    }

    private static func text(_ value: Scalar) -> String {
        switch value {
        case .null: "null"
        case .boolean(let value): "\(value)"
        case .int64(let value): "\(value)"
        case .float64(let value): "\(value)"
        case .timestamp(let value): CivilTime.text(value)
        case .text(let value): value
        }
    }

    /// What a statement's failure says; empty if it does not fail.
    func failure(sql: String) -> String {
        do throws(DataServiceError) {
            _ = try pipelines.run(sql: sql)
            return ""
        } catch {
            return error.message
        }
    }

    /// What a selection's failure says; empty if it does not fail.
    func failure(_ selection: BucketSelection) -> String {
        do throws(DataServiceError) {
            _ = try pipelines.run(selection)
            return ""
        } catch {
            return error.message
        }
    }
}

/// Keeps what is written.
private final class WriteSink: Sendable {
    let writes = Mutex<[DataWrite]>([])

    func write(_ write: DataWrite) -> DataServiceError? {
        writes.withLock { $0.append(write) }
        return nil
    }
}

extension Dataset {
    /// `name:type`, column by column.
    var header: String { columns.map { "\($0.name):\($0.type)" }.joined(separator: " ") }

    /// Rows as text: values by `|`.
    var rows: [String] {
        (0..<rowCount).map { row in columns.map { $0.text(row) }.joined(separator: "|") }
    }
}

extension Dataset.Column {
    fileprivate func text(_ row: Int) -> String {
        switch type {
        case "f4": "\(Float(bitPattern: word(row)))"
        case "f8": "\(Double(bitPattern: word(row)))"
        case "i8": "\(word(row) as Int64)"
        case "i4": "\(word(row) as Int32)"
        case "i2": "\(word(row) as Int16)"
        case "i1": "\(word(row) as Int8)"
        case "u1": "\(word(row) as UInt8)"
        case "u2": "\(word(row) as UInt16)"
        case "u4": "\(word(row) as UInt32)"
        case "u8": "\(word(row) as UInt64)"
        default: characters(row)
        }
    }

    /// A number of a column.
    func word<Word: FixedWidthInteger>(_ row: Int) -> Word {
        bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: row * MemoryLayout<Word>.size, as: Word.self) }
    }

    private func characters(_ row: Int) -> String {
        let width = Int(type.dropFirst()) ?? 0
        var text = ""
        for place in 0..<width {
            let scalar: UInt32 = bytes.withUnsafeBytes {
                $0.loadUnaligned(fromByteOffset: (row * width + place) * 4, as: UInt32.self)
            }
            if scalar != 0, let scalar = Unicode.Scalar(scalar) { text.unicodeScalars.append(scalar) }
        }
        return text
    }
}
