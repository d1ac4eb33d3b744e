import Columnar
import QueryLang

/// Finds the checkpoints of plans that begin, and has those of running plans written, a view at a time.
///
/// Belongs to the thread that computes the views.
final class ViewCheckpoints {
    /// The plans of a view, by instrument.
    typealias Followed = (String) -> [(symbol: String, view: FollowedView)]

    private let dependencies: FeatureViewRuntime.Dependencies
    private let statistics: FeatureViewStatistics
    private let writer: CheckpointWriter
    /// By view what was found of instruments that have not been met yet.
    private var found: [String: Found] = [:]
    /// By view the bytes of its file.
    private var sizes: [String: Int] = [:]
    /// Views whose states are still to be written in this round.
    private var due: [String] = []
    private var lastRound: Int64?

    /// What a file held.
    private struct Found {
        let fingerprint: String
        /// By the names of the instruments.
        var entries: [String: [UInt8]]
    }

    /// Bytes after which rows that came have their turn: some hundredths of a second's work.
    private static let turnBytesMax = 16 << 20
    /// How much older than what the windows look back on a checkpoint may be: replaying more costs more than it saves.
    private static let oldMax = CivilTime.hour

    init(
        _ dependencies: FeatureViewRuntime.Dependencies,
        _ statistics: FeatureViewStatistics,
        _ writer: CheckpointWriter
    ) {
        self.dependencies = dependencies
        self.statistics = statistics
        self.writer = writer
    }

    /// What a checkpoint must be of, to be of use: the view's definition, and its table as it is.
    private static func fingerprint(_ plan: FeatureViewPlan, _ snapshot: any TableSnapshot) -> String {
        let definition = plan.view.definition
        let table = plan.view.inputs[0]
        let columns = table.columns.map { "\($0.name) \($0.type.name)" }.joined(separator: ", ")
        // Of the same name and columns there may have been another table before.
        let number = snapshot.number(of: table.name).map { String($0) } ?? ""
        let parts = [definition.id, definition.hash, table.name, number, "\(table.kind)", columns]
        return SHA256.hexadecimal(of: parts.joined(separator: "\n"))
    }
}

// MARK: Reading

extension ViewCheckpoints {
    /// A plan that goes on from its checkpoint, and the last row of it; nil if there is none that is of use.
    ///
    /// - Parameter time: of the first row whose values will count.
    func resume(
        _ plan: FeatureViewPlan,
        _ symbol: String,
        from time: Int64,
        _ snapshot: any TableSnapshot
    ) throws(QueryError) -> (pipeline: FeaturePipeline, last: FeatureCheckpoint.StoredRow?)? {
        guard plan.isCheckpointed, let bytes = take(plan, symbol, snapshot) else { return nil }
        let checkpoint: FeatureCheckpoint
        do throws(FoldStateError) {
            checkpoint = try FeatureCheckpoint(decoding: bytes)
        } catch {
            ignore(plan, symbol, "it cannot be read: \(error)")
            return nil
        }
        let table = plan.view.inputs[0]
        if let reason = try checkpoint.staleness(table, dependencies.generation, snapshot) {
            ignore(plan, symbol, reason)
            return nil
        }
        let types = plan.view.select.columns.map(\.type)
        guard checkpoint.last.map({ $0.columns.map(\.type) == types }) ?? true else {
            ignore(plan, symbol, "its last row has other columns")
            return nil
        }
        if !plan.lookback.isWhole {
            let start = try StoredEnds(table, symbol, snapshot).start(plan, from: time, snapshot)
            let (limit, overflow) = checkpoint.position.time.addingReportingOverflow(Self.oldMax)
            if !overflow, start > limit { return nil }
        }
        do throws(QueryError) {
            let pipeline = try FeaturePipeline(resuming: checkpoint, plan, snapshot)
            statistics.checkpointsResumed.add()
            return (pipeline, checkpoint.last)
        } catch {
            ignore(plan, symbol, error.message)
            return nil
        }
    }

    /// Forgets what was found: the files tell of later states.
    func forget() { found = [:] }

    private func ignore(_ plan: FeatureViewPlan, _ symbol: String?, _ reason: String) {
        statistics.checkpointsIgnored.add()
        let place = symbol.map { " for \($0)" } ?? ""
        dependencies.log(
            "checkpoint of \(plan.view.definition.id)\(place) ignored: \(reason); its state is computed from the store"
        )
    }

    /// The bytes for an instrument, which are given once.
    private func take(_ plan: FeatureViewPlan, _ symbol: String, _ snapshot: any TableSnapshot) -> [UInt8]? {
        find(plan, Self.fingerprint(plan, snapshot))
        return found[plan.view.definition.id]?.entries.removeValue(forKey: symbol)
    }

    /// Reads the file of a view, unless that was done.
    private func find(_ plan: FeatureViewPlan, _ fingerprint: String) {
        let id = plan.view.definition.id
        if found[id]?.fingerprint == fingerprint { return }
        found[id] = Found(fingerprint: fingerprint, entries: read(plan, fingerprint))
    }

    private func read(_ plan: FeatureViewPlan, _ fingerprint: String) -> [String: [UInt8]] {
        let id = plan.view.definition.id
        let options = writer.options
        let bytes: [UInt8]
        do throws(TableError) {
            guard let file = try options.files.read(CheckpointWriter.name(of: id), bytesMax: options.bytesMax) else {
                return [:]
            }
            bytes = file
        } catch {
            ignore(plan, nil, error.message)
            return [:]
        }
        sizes[id] = bytes.count
        switch CheckpointFile.read(bytes, fingerprint: fingerprint) {
        case .failure(let error):
            ignore(plan, nil, error.message)
            return [:]
        case .success(let contents):
            if let damage = contents.damage { ignore(plan, nil, "of some instruments: \(damage)") }
            var entries: [String: [UInt8]] = [:]
            for entry in contents.entries {
                var reader = FoldStateReader(entry)
                // An entry begins with its instrument.
                if let symbol = try? reader.readString() { entries[symbol] = entry }
            }
            return entries
        }
    }
}

// MARK: Writing

extension ViewCheckpoints {
    /// Has some states written if it is time.
    func turn(_ now: Int64, _ plans: [FeatureViewPlan], _ lsn: LSN, _ followed: Followed) {
        if let lastRound {
            if due.isEmpty, now &- lastRound >= writer.options.intervalNanoseconds {
                self.lastRound = now
                due = plans.filter(\.isCheckpointed).map(\.view.definition.id)
            }
        } else {
            lastRound = now
        }
        var written = 0
        while written < Self.turnBytesMax, let id = due.popLast() {
            guard let plan = plans.first(where: { $0.view.definition.id == id }) else { continue }
            written += write(plan, lsn, followed(id))
        }
    }

    /// Has all states written that are not.
    func finish(_ plans: [FeatureViewPlan], _ lsn: LSN, _ followed: Followed) {
        for plan in plans where plan.isCheckpointed { _ = write(plan, lsn, followed(plan.view.definition.id)) }
    }

    /// Has the states of a view written soon, as what was written is not true any more.
    func hurry(_ id: String) {
        if !due.contains(id) { due.append(id) }
    }

    /// Has the files of all other views removed.
    func keep(only plans: [FeatureViewPlan]) {
        let ids = Set(plans.map(\.view.definition.id))
        sizes = sizes.filter { ids.contains($0.key) }
        found = found.filter { ids.contains($0.key) }
        writer.keep(only: Set(ids.map(CheckpointWriter.name)))
    }

    /// Hands the states of a view to the writer, if there are others than in its file. Returns how many bytes they have.
    private func write(
        _ plan: FeatureViewPlan,
        _ lsn: LSN,
        _ followed: [(symbol: String, view: FollowedView)]
    ) -> Int {
        guard followed.contains(where: \.view.hasNews) else { return 0 }
        let id = plan.view.definition.id
        let room = writer.options.bytesMax - sizes.reduce(0) { $0 + ($1.key == id ? 0 : $1.value) }
        let snapshot = dependencies.source.snapshot()
        let fingerprint = Self.fingerprint(plan, snapshot)
        var file = CheckpointFile.header(fingerprint: fingerprint)
        var count = 0
        func append(_ entry: [UInt8]) {
            guard file.count + entry.count + CheckpointFile.entryHeader <= room else {
                return statistics.checkpointsLeftOut.add()
            }
            CheckpointFile.append(entry, to: &file)
            count += 1
        }
        for (symbol, view) in followed.sorted(by: { $0.symbol < $1.symbol }) {
            do throws(QueryError) {
                if let checkpoint = try view.checkpoint(lsn: lsn, snapshot) { append(checkpoint.encoded()) }
            } catch {
                dependencies.log("checkpoint of \(id) for \(symbol) not made: \(error.message)")
            }
        }
        // Instruments of which no event came yet: what is known of them stays.
        find(plan, fingerprint)
        let met = Set(followed.map(\.symbol))
        let entries = found[id]?.entries ?? [:]
        for (symbol, entry) in entries.sorted(by: { $0.key < $1.key }) where !met.contains(symbol) {
            append(entry)
        }
        sizes[id] = file.count
        statistics.checkpointBytes.set(sizes.values.reduce(0, +))
        writer.write(CheckpointWriter.File(name: CheckpointWriter.name(of: id), view: id, bytes: file, count: count))
        return file.count
    }
}
