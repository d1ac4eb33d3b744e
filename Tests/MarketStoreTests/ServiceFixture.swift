import Columnar
import Engine
import MarketStore
import Store
import StoreSupport
import Testing

/// A service over a store on a simulated disk.
final class ServiceFixture {
    let disk: SimulatedDisk
    private(set) var store: Store
    private(set) var engine: QueryEngine
    private(set) var service: MarketStoreService
    private let zone: ZoneRules

    init(
        zone: String = "UTC",
        seed: UInt64 = 1,
        version: String = "test",
        wallClock: @escaping @Sendable () -> Int64 = { 0 }
    ) throws {
        disk = SimulatedDisk(seed: seed)
        self.zone = try #require(ZoneRules(named: zone))
        store = try Store.open(directory: "/data", fileSystem: disk)
        let system = VirtualTables()
        engine = QueryEngine(source: store, writer: store, system: system, wallClock: wallClock)
        service = try MarketStoreService(
            store: store,
            engine: engine,
            zone: self.zone,
            version: version,
            wallClock: wallClock
        )
        system.setViews(service.views)
    }

    /// Closes the store and opens it again.
    func reopen(zone: String? = nil) throws {
        store.close()
        store = try Store.open(directory: "/data", fileSystem: disk)
        let system = VirtualTables()
        engine = QueryEngine(source: store, writer: store, system: system)
        let zone = try zone.map { try #require(ZoneRules(named: $0)) } ?? self.zone
        service = try MarketStoreService(store: store, engine: engine, zone: zone, version: "test")
        system.setViews(service.views)
    }

    deinit { store.close(flush: false) }

    // MARK: Calls

    /// Writes columns of one bucket; the message if that is refused.
    @discardableResult
    func write(_ key: String, _ columns: [Dataset.Column], isVariable: Bool = false) -> String? {
        let rows = (columns.first?.bytes.count ?? 0) / 8
        let dataset = Dataset(columns: columns, rowCount: rows, spans: [.init(key: key, start: 0, count: rows)])
        return service.write([DataWrite(dataset: dataset, isVariable: isVariable)])[0]?.message
    }

    func query(_ destination: String, _ change: (inout DataQuery) -> Void = { _ in }) throws -> Dataset {
        var query = DataQuery()
        query.destination = destination
        change(&query)
        return try service.query([query])[0]
    }

    func failure(_ destination: String, _ change: (inout DataQuery) -> Void = { _ in }) -> String? {
        do {
            _ = try query(destination, change)
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// The rows that a statement of TQL gives, as text.
    func sql(_ text: String) throws -> [String] {
        let stream = try engine.execute(try engine.prepare(text))
        var rows: [String] = []
        while let batch = try stream.next() {
            for row in 0..<batch.rowCount {
                rows.append(batch.columns.map { "\($0.scalar(at: row))" }.joined(separator: " "))
            }
        }
        return rows
    }
}

extension Dataset.Column {
    /// A column of little-endian values.
    static func of<Value: BitwiseCopyable>(_ name: String, _ type: String, _ values: [Value]) -> Dataset.Column {
        Dataset.Column(name: name, type: type, bytes: values.withUnsafeBytes { Array($0) })
    }

    static func epoch(_ values: [Int64]) -> Dataset.Column { of("Epoch", "i8", values) }

    /// A column of texts of 16 code points.
    static func texts(_ name: String, _ values: [String]) -> Dataset.Column {
        let points = values.flatMap { value -> [UInt32] in
            let scalars = value.unicodeScalars.map(\.value)
            return scalars + [UInt32](repeating: 0, count: 16 - scalars.count)
        }
        return of(name, "U16", points)
    }

    func values<Value: BitwiseCopyable>(_ type: Value.Type) -> [Value] {
        bytes.withUnsafeBytes { bytes in
            (0..<bytes.count / MemoryLayout<Value>.size).map {
                bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Value>.size, as: type)
            }
        }
    }
}

extension Dataset {
    func column(_ name: String) throws -> Column { try #require(columns.first { $0.name == name }) }
    func int64(_ name: String) throws -> [Int64] { try column(name).values(Int64.self) }
    func float(_ name: String) throws -> [Float] { try column(name).values(Float.self) }
    var epochs: [Int64] { columns[0].values(Int64.self) }
    var names: [String] { columns.map(\.name) }
    var types: [String] { columns.map(\.type) }
}
