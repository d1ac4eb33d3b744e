import Columnar
import Store
import TestSupport

/// What each operation of a run does.
extension TortureRun {
    func perform(_ operation: TortureOperation) throws {
        switch operation {
        case .append: try append()
        case .query: try query()
        case .checkAll: try checkAll()
        case .hold: try hold()
        case .recheck: try recheckHeld()
        case .step: try step()
        case .flush: note("flush: \(try harness.flush())")
        case .compact: note("compact: \(try harness.compact())")
        case .createTable: try createTable()
        case .dropTable: if let name = randomTable() { try change(.dropTable(name)) }
        case .addColumn: try addColumn()
        case .dropRows: try dropRows()
        case .dropSeries: try dropSeries()
        case .setTimeToLive: try setTimeToLive()
        case .backup: try backup()
        case .reopen: try reopen()
        case .kill, .cutPower: try recover(losesPower: operation == .cutPower)
        case .armCrash:
            let calls = generator.int(1...generator.pick([5, 40]))
            note("the machine stops at call \(calls)")
            harness.disk.crashAt(call: calls)
        case .damage: try damage()
        case .changeFaults: changeFaults()
        }
    }

    // MARK: Changes

    func change(_ change: ModelChange, _ durability: Durability = .sync) throws {
        let outcome = try harness.apply(change, durability)
        note("\(change) \(durability): \(Self.text(outcome))")
    }

    private static func text(_ outcome: StoreHarness.Outcome) -> String {
        switch outcome {
        case .done: "done"
        case .refused(let error): "refused, \(error.code)"
        case .unknown(let error): "open, \(error.code) \(error.message)"
        }
    }

    private var tableNames: [String] {
        harness.live.tables.keys.filter { $0 != StoreModel.ledger.name }.sorted()
    }

    private func randomTable() -> String? {
        let names = tableNames
        return names.isEmpty ? nil : generator.pick(names)
    }

    func append() throws {
        guard harness.live.tables[StoreModel.ledger.name] != nil else { return try createTables() }
        let schemas = tableNames.compactMap { harness.live.tables[$0]?.schema }
        let batch = maker.batch(schemas, &generator)
        let durability: Durability = generator.oneIn(swarm.syncOneIn) ? .sync : .interval
        if generator.oneIn(2) {
            note("queue \(ModelChange.batch(batch)) \(durability)")
            try harness.queue(batch, durability)
        } else {
            try change(.batch(batch), durability)
        }
    }

    private func createTable() throws {
        let number = generator.int(1...5)
        if let existing = harness.live.tables["table\(number)"] {
            // Once more, with the same columns: no effect.
            try change(.createTable(existing.schema))
        } else {
            try change(.createTable(maker.schema(number: number, &generator)))
        }
    }

    private func addColumn() throws {
        guard let name = randomTable(), let table = harness.live.tables[name] else { return }
        let number = table.schema.columns.count
        guard number < 12 else { return }
        try change(.addColumn(maker.column(number: number, &generator), table: name))
    }

    private func dropRows() throws {
        guard let name = randomTable(), let table = harness.live.tables[name] else { return }
        let hasSeries = table.schema.seriesColumn != nil
        let series: ScanRequest.Series =
            hasSeries && generator.oneIn(2) ? .named([maker.seriesName(&generator), "absent"]) : .all
        var times: [TimeRange] = []
        for _ in 0..<generator.int(1...3) { times.append(maker.range(&generator)) }
        try change(.dropRows(table: name, series: series, times: times))
    }

    private func dropSeries() throws {
        guard let name = randomTable(), harness.live.tables[name]?.schema.seriesColumn != nil else { return }
        try change(.dropRows(table: name, series: .named([maker.seriesName(&generator)]), times: [.all]))
    }

    private func setTimeToLive() throws {
        guard let name = randomTable(), BatchMaker.allowsTimeToLive(name) else { return }
        let hours = Int64(generator.int(1...100))
        try change(.setTimeToLive(generator.oneIn(4) ? nil : hours * CivilTime.hour, table: name))
    }

    private func step() throws {
        let choice = generator.int(0...2)
        note("step \(["commit", "flush", "compact"][choice])")
        try harness.step(choice)
    }

    // MARK: Reads

    private func query() throws {
        guard let name = randomTable(), let table = harness.live.tables[name] else { return }
        // Where rows may be gone by age, those that are there must be told apart.
        let columns = table.schema.columns.indices.filter { index in
            !generator.oneIn(4) || (table.hasExpiry && ["batch", "row"].contains(table.schema.columns[index].name))
        }
        let names = (0..<generator.int(0...3)).map { _ in maker.seriesName(&generator) } + ["absent"]
        let request = ScanRequest(
            table: name,
            series: generator.oneIn(2) ? .all : .named(names),
            time: maker.range(&generator),
            columns: columns,
            isForward: generator.oneIn(2)
        )
        note("query \(name) \(request.series) \(request.time)")
        try harness.check(request)
    }

    private func checkAll() throws {
        note("check: \(try harness.checkAll())")
    }

    private func hold() throws {
        guard held.count < 3, let snapshot = harness.store?.snapshot() else { return }
        var rows: [(request: ScanRequest, rows: SnapshotReader.Rows)] = []
        let outcome = try harness.read("a snapshot to hold") {
            for table in harness.live.tables.sorted(by: { $0.key < $1.key }).map(\.value) {
                let columns = Array(table.schema.columns.indices)
                let request = ScanRequest(table: table.schema.name, columns: columns)
                rows.append((request, try SnapshotReader(snapshot).rows(request)))
            }
        }
        note("hold a snapshot up to \(snapshot.committed): \(outcome)")
        if outcome == .right { held.append(HeldSnapshot(snapshot: snapshot, rows: rows)) }
    }

    /// Snapshots that are held show what they showed.
    func recheckHeld() throws {
        for (index, held) in held.enumerated() {
            for (request, rows) in held.rows {
                _ = try harness.read("held snapshot \(index)") {
                    let found = try SnapshotReader(held.snapshot).rows(request)
                    guard let difference = Self.difference(found, rows) else { return }
                    throw ModelViolation("snapshot \(index), which is held, changed: \(request.table)\(difference)")
                }
            }
        }
    }

    /// The first row that is not the same; nil if there is none.
    private static func difference(_ found: SnapshotReader.Rows, _ before: SnapshotReader.Rows) -> String? {
        for series in Set(found.keys).union(before.keys).sorted() {
            let (now, then) = (found[series] ?? [], before[series] ?? [])
            for row in 0..<max(now.count, then.count) {
                guard row < now.count, row < then.count, now[row].count == then[row].count,
                    zip(now[row], then[row]).allSatisfy({ $0.isSame(as: $1) })
                else {
                    let texts = [now, then].map { $0.indices.contains(row) ? "\($0[row])" : "nothing" }
                    return "/\(series): row \(row) of \(now.count) is \(texts[0]), of \(then.count) it was \(texts[1])"
                }
            }
        }
        return nil
    }
}
