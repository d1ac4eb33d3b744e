import Columnar
import QueryLang

/// The thread's side of ``FeatureViewRuntime``: the views, and a plan for each of them and each instrument.
final class FeatureViewWorker {
    /// What it is made of, on the way to its thread.
    struct Parts: Sendable {
        let dependencies: FeatureViewRuntime.Dependencies
        let statistics: FeatureViewStatistics
        let parity: ParityChecker
        /// What writes the state of plans down; nil if nothing does.
        let checkpoints: CheckpointWriter?
        /// Says which tables' rows are wanted.
        let want: @Sendable (Set<String>) -> Void
    }

    /// Everything about one instrument.
    private final class Instrument {
        var breaks: EpochBreaks
        /// Batches up to this one are in ``breaks``.
        let spliced: LSN
        /// By the id of the view.
        var views: [String: FollowedView] = [:]
        var failed: Set<String> = []

        init(_ breaks: EpochBreaks, spliced: LSN) {
            self.breaks = breaks
            self.spliced = spliced
        }
    }

    private let parts: Parts
    private var plans: [FeatureViewPlan] = []
    /// By table the views that read it.
    private var readers: [String: [Int]] = [:]
    private var instruments: [String: Instrument] = [:]
    private var book: TableSchema?
    private var lastCheck: Int64 = .min
    /// The last batch that was taken.
    private var lsn: LSN = 0
    private let checkpoints: ViewCheckpoints?

    /// How far back rows are looked for that were to be stored before the process ended.
    private static let storedBackMax = CivilTime.hour

    init(_ parts: Parts) {
        self.parts = parts
        checkpoints = parts.checkpoints.map { ViewCheckpoints(parts.dependencies, parts.statistics, $0) }
    }

    private var dependencies: FeatureViewRuntime.Dependencies { parts.dependencies }
    private var statistics: FeatureViewStatistics { parts.statistics }

    func process(_ items: [FeatureViewQueue.Item]) {
        for item in items {
            switch item {
            case .lost:
                statistics.overruns.add()
                forgetInstruments()
                // What was let go of may have told of a change.
                refresh()
            case .changed:
                forgetInstruments()
                refresh()
            case .rows(let lsn, let groups): process(lsn, groups)
            }
        }
        checkpoints?.turn(dependencies.clock(), plans, lsn) { followed($0) }
    }

    /// No more rows will come: writes all states down.
    func finish() { checkpoints?.finish(plans, lsn) { followed($0) } }

    private func forgetInstruments() {
        instruments = [:]
        checkpoints?.forget()
    }

    /// The plans of a view, by instrument.
    private func followed(_ id: String) -> [(symbol: String, view: FollowedView)] {
        instruments.compactMap { symbol, instrument in instrument.views[id].map { (symbol, $0) } }
    }

    // MARK: Views

    /// Reads the definitions as they are now.
    private func refresh() {
        let snapshot = dependencies.source.snapshot()
        let catalog = DefinitionCatalog(stored: snapshot)
        let definitions = (try? catalog.featureViews()) ?? []
        var infos: [FeatureViewInfo] = []
        plans = []
        readers = [:]
        for definition in definitions where definition.tier == .realtime && !definition.isOfRuntime {
            guard !definition.query.isEmpty, let bound = try? BoundFeatureView.bind(definition, catalog),
                let plan = try? FeatureViewPlan(live: bound)
            else { continue }
            for name in Set(bound.inputs.map(\.name)) { readers[name, default: []].append(plans.count) }
            plans.append(plan)
            infos.append(FeatureListing.info(definition, catalog))
        }
        book = plans.isEmpty ? nil : catalog.schema(named: MarketTables.book)
        let known = Set(plans.map(\.view.definition.id))
        for instrument in instruments.values {
            instrument.views = instrument.views.filter { known.contains($0.key) }
            for view in instrument.views.values { view.restartChain() }
            instrument.failed = []
        }
        statistics.views.set(plans.count)
        checkpoints?.keep(only: plans)
        parts.want(Set(readers.keys).union(book.map { [$0.name] } ?? []))
        dependencies.publisher?.viewsChanged(infos)
    }

    // MARK: Rows

    private func process(_ lsn: LSN, _ groups: [AppendGroup]) {
        self.lsn = lsn
        if groups.contains(where: { $0.table == FeatureViewTable.schema.name }) { refresh() }
        let touched = append(lsn, groups)
        let now = dependencies.clock()
        var updates: [ViewUpdate] = []
        var confirmations: [ViewConfirmation] = []
        var batch = AppendBatch()
        var late = 0
        for (symbol, view) in touched {
            guard let instrument = instruments[symbol] else { continue }
            let id = plans[view].view.definition.id
            guard let followed = instrument.views[id] else { continue }
            let lateBefore = followed.pipeline.lateCount
            let seqBefore = followed.latest?.seq
            do throws(QueryError) {
                try followed.advance(view, instrument.breaks, now, into: &updates)
            } catch {
                fail(id, instrument)
            }
            late += followed.pipeline.lateCount - lateBefore
            if plans[view].view.definition.timeToLive != nil, let last = followed.latest, last.seq != seqBefore {
                let confirmation = ViewConfirmation(
                    view: view,
                    instrument: symbol,
                    exchangeTime: last.time,
                    computeTime: now
                )
                confirmations.append(confirmation)
            }
            if followed.isRevised { checkpoints?.hurry(id) }
            followed.takeStored(into: &batch)
        }
        statistics.lateRows.add(late)
        statistics.updates.add(updates.count)
        if !updates.isEmpty { dependencies.publisher?.publish(updates) }
        if !confirmations.isEmpty { dependencies.publisher?.confirm(confirmations) }
        store(batch)
        check(touched, now)
    }

    /// Hands rows to the plans that read them. Returns which ones, each once.
    private func append(_ lsn: LSN, _ groups: [AppendGroup]) -> [(symbol: String, view: Int)] {
        var touched: [(symbol: String, view: Int)] = []
        var seen: Set<String> = []
        for group in groups where group.rowCount > 0 && group.table != FeatureViewTable.schema.name {
            guard let instrument = instrument(group.series, groups) else { continue }
            if let book, group.table == book.name, lsn > instrument.spliced { takeBreaks(group, book, instrument) }
            for view in readers[group.table] ?? [] {
                let plan = plans[view]
                let id = plan.view.definition.id
                if instrument.failed.contains(id) || !(plan.symbols?.contains(group.series) ?? true) { continue }
                let followed: FollowedView
                if let known = instrument.views[id] {
                    followed = known
                } else if group.table != plan.view.inputs[0].name {
                    // What rows are joined with: the first of these reads it from the store.
                    continue
                } else {
                    do throws(QueryError) {
                        followed = try makeView(plan, group, instrument)
                        instrument.views[id] = followed
                        statistics.plans.add()
                    } catch {
                        fail(id, instrument)
                        continue
                    }
                }
                if lsn > followed.pipeline.spliced { followed.pipeline.append(group) }
                if seen.insert("\(view) \(group.series)").inserted { touched.append((group.series, view)) }
            }
        }
        return touched
    }

    private func fail(_ id: String, _ instrument: Instrument) {
        statistics.failures.add()
        instrument.views[id] = nil
        instrument.failed.insert(id)
    }

    /// What is known of an instrument; made when it is first met, with rows of a batch.
    private func instrument(_ symbol: String, _ groups: [AppendGroup]) -> Instrument? {
        if let known = instruments[symbol] { return known }
        let snapshot = dependencies.source.snapshot()
        var first: (seq: Int64, time: Int64)?
        for group in groups where group.series == symbol {
            guard let table = snapshot.catalog.schema(named: group.table), case .event = table.kind,
                let slice = CommittedSlice(group, table), let seq = Self.firstSeq(slice, table)
            else { continue }
            let time = Self.firstTime(slice)
            first = (min(seq, first?.seq ?? seq), min(time, first?.time ?? time))
        }
        // The first event begins an epoch, whatever it says.
        var breaks = EpochBreaks(after: first?.seq ?? .min)
        if let book, let first {
            let (start, overflow) = first.time.subtractingReportingOverflow(BookAnchor.disorderMax)
            try? breaks.take(book, symbol, from: overflow ? .min : start, snapshot)
        }
        let made = Instrument(breaks, spliced: snapshot.committed)
        instruments[symbol] = made
        return made
    }

    private func takeBreaks(_ group: AppendGroup, _ book: TableSchema, _ instrument: Instrument) {
        guard let columns = BookTable(book), let slice = CommittedSlice(group, book),
            let seqs = slice.integers(columns.seq), let kinds = try? slice.vector(column: columns.kind),
            let states = try? slice.vector(column: columns.state)
        else { return }
        instrument.breaks.take(
            seqs: seqs,
            kinds: CodedWords(kinds, CodedWords.kinds),
            states: CodedWords(states, CodedWords.states),
            count: slice.count
        )
    }

    private static func firstTime(_ slice: CommittedSlice) -> Int64 {
        let least = slice.integers(slice.timeColumn)?.withUnsafeBufferPointer { $0.min() }
        return least ?? slice.firstTime
    }

    /// The number of the first event of rows: of bars that of the slot.
    private static func firstSeq(_ slice: CommittedSlice, _ table: TableSchema) -> Int64? {
        if case .regular(let timeframe) = table.kind { return firstTime(slice) / timeframe }
        return slice.integers(table.index(of: "seq"))?.withUnsafeBufferPointer { $0.min() }
    }

    private func makeView(
        _ plan: FeatureViewPlan,
        _ group: AppendGroup,
        _ instrument: Instrument
    ) throws(QueryError) -> FollowedView {
        let table = plan.view.inputs[0]
        guard let slice = CommittedSlice(group, table) else { throw QueryError(.bug, "BUG: rows without a time") }
        let snapshot = dependencies.source.snapshot()
        var from = Self.firstTime(slice)
        if let book {
            // The plan gives all rows of the snapshot at once, so that all epochs in it must be known.
            let (start, overflow) = from.subtractingReportingOverflow(BookAnchor.disorderMax)
            try instrument.breaks.take(book, group.series, from: overflow ? .min : start, snapshot)
        }
        let stored = try lastStored(plan.view, group.series, snapshot)
        if let stored, stored.time < from, from &- stored.time <= Self.storedBackMax { from = stored.time }
        let found = try checkpoints?.resume(plan, group.series, from: from, snapshot)
        let pipeline: FeaturePipeline
        if let found {
            pipeline = found.pipeline
        } else {
            let isCheckpointed = checkpoints != nil
            pipeline = try FeaturePipeline(
                plan,
                symbol: group.series,
                from: from,
                snapshot,
                isCheckpointed: isCheckpointed
            )
        }
        return FollowedView(
            pipeline,
            symbol: group.series,
            generation: dependencies.generation,
            firstSeq: Self.firstSeq(slice, table) ?? .min,
            storedSeq: stored?.seq ?? .min,
            last: found?.last
        )
    }

    /// The last stored row of a view.
    private func lastStored(
        _ view: BoundFeatureView,
        _ symbol: String,
        _ snapshot: any TableSnapshot
    ) throws(QueryError) -> (time: Int64, seq: Int64)? {
        let table = view.definition.storedTable
        guard view.definition.storage != .none, dependencies.sink != nil, snapshot.catalog.schema(named: table) != nil
        else { return nil }
        typealias Head = BoundFeatureView.Head
        return try BookAnchor.reading { () throws(TableError) in
            let request = ScanRequest(
                table: table,
                series: .named([symbol]),
                columns: [Head.time, Head.seq],
                isForward: false
            )
            let scan = try snapshot.scan(request)
            guard !scan.series.isEmpty else { return nil }
            var cursor = try scan.open(series: 0)
            guard let slice = try cursor.next() else { return nil }
            return (slice.lastTime, try slice.vector(column: Head.seq).int64Values[slice.count - 1])
        }
    }

    // MARK: Store and parity

    private func store(_ batch: AppendBatch) {
        guard !batch.groups.isEmpty, let sink = dependencies.sink else { return }
        statistics.storedRows.add(batch.rowCount)
        sink.append(batch, durability: .interval) { [statistics] result in
            if case .failure = result { statistics.refusedBatches.add() }
        }
    }

    /// Has the latest row of one plan compared with the query over history, every so often.
    private func check(_ touched: [(symbol: String, view: Int)], _ now: Int64) {
        guard !touched.isEmpty else { return }
        let interval = dependencies.parityInterval
        let pause = interval == 0 ? 0 : max(interval, parts.parity.restNanoseconds)
        guard lastCheck == .min || now &- lastCheck >= pause else { return }
        let (symbol, view) = touched[statistics.parityChecks.value % touched.count]
        let plan = plans[view]
        guard let latest = instruments[symbol]?.views[plan.view.definition.id]?.latest else { return }
        let request = ParityChecker.Request(
            plan: plan,
            symbol: symbol,
            time: latest.time,
            seq: latest.seq,
            values: latest.values,
            snapshot: dependencies.source.snapshot()
        )
        if parts.parity.offer(request) { lastCheck = now }
    }
}

/// The tables of a store with the feature views that are defined in it.
struct DefinitionCatalog: CatalogReader {
    let stored: any TableSnapshot

    var tables: [TableSchema] { stored.catalog.tables }
    func schema(named name: String) -> TableSchema? { stored.catalog.schema(named: name) }
    func timeToLive(of table: String) -> Int64? { stored.catalog.timeToLive(of: table) }
    func featureViews() throws(TableError) -> [FeatureViewDefinition] {
        try FeatureViewTable.definitions(stored, stored.catalog)
    }
}
