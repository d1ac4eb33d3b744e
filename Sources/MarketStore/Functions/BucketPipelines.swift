public import Columnar
public import Engine
import QueryLang

/// Answers what asks more of buckets than their rows: functions, coarser timeframes and SQL, all as plans of the query engine.
public struct BucketPipelines: Sendable {
    let engine: QueryEngine
    let directory: any BucketDirectory
    let zone: ZoneRules
    let write: (@Sendable (DataWrite) -> DataServiceError?)?
    let wireTypes: WireTypes

    /// Bytes of an answer at most: what MarketStore's clients over gRPC take.
    static let answerBytesMax = 1 << 30

    /// Creates pipelines.
    ///
    /// - Parameters:
    ///   - engine: over the tables of the buckets, with ``BucketViews`` of the same directory and zone among its virtual tables.
    ///   - directory: which buckets there are.
    ///   - zone: whose calendar days, weeks, months and years follow.
    ///   - write: writes rows into buckets, for INSERT; nil refuses it. Gives nil, or why nothing was written.
    public init(
        engine: QueryEngine,
        directory: any BucketDirectory,
        zone: ZoneRules,
        write: (@Sendable (DataWrite) -> DataServiceError?)? = nil
    ) {
        self.engine = engine
        self.directory = directory
        self.zone = zone
        self.write = write
        wireTypes = WireTypes(directory)
    }

    /// The rows of a selection, symbol by symbol: one plan, however many symbols, for each table that they lie in.
    public func run(_ selection: BucketSelection) throws(DataServiceError) -> Dataset {
        var parts: [Dataset] = []
        for buckets in Self.byTable(selection.buckets) {
            var part = selection
            part.buckets = buckets
            do throws(QueryError) {
                if let bars = try lastBars(part) { parts.append(bars) } else { parts.append(try answer(part)) }
            } catch {
                throw DataServiceError(Self.message(error))
            }
        }
        guard let whole = Dataset.joined(parts) else {
            let symbols = selection.buckets.prefix(100).map(\.key.symbol).joined(separator: " ")
            throw DataServiceError(
                "symbols in a query must have the same data type or be filtered by common columns. "
                    + "symbols=[\(symbols)]"
            )
        }
        return whole
    }

    /// The buckets by the tables that hold them, in their order.
    private static func byTable(_ buckets: [Bucket]) -> [[Bucket]] {
        var groups: [[Bucket]] = []
        var places: [String: Int] = [:]
        for bucket in buckets {
            if let place = places[bucket.table] {
                groups[place].append(bucket)
            } else {
                places[bucket.table] = groups.count
                groups.append([bucket])
            }
        }
        return groups
    }

    func answer(_ selection: BucketSelection) throws(QueryError) -> Dataset {
        let plan = try SelectionPlan(selection, zone)
        let engine = plan.hasSymbols ? self.engine.seriesBySeries : self.engine.serial
        let prepared = try engine.prepare(plan.statement, dialect: .marketstore)
        let columns = wireTypes.columns(of: prepared, known: selection.buckets.first)
        var reader = WireReader(columns, symbols: plan.hasSymbols ? selection.buckets.map(\.series) : nil)
        try reader.read(try engine.execute(prepared))
        return plan.dataset(reader.answer)
    }

    /// What a client is told of an error.
    static func message(_ error: QueryError) -> String { error.description }
}
