/// Who computes, who waits, and who has to go: the rules, without threads, clocks and sockets.
///
///     arrive ─► newcomer ─► running ─► sending ─► ready ─► running ─► sending … ─► end
///                  │                      └─► slow ─┘ └─► leaving
///                  └─► refused
///
/// A query takes turns: each computes a piece of its answer, then the worker is free and the query *sending* until its
/// reader wants more. A turn that takes long without giving a piece may end early, in line. Newcomers and those that are
/// ready for another turn stand in one line, by the time at which they joined it: a long answer costs a short query one
/// turn, not its whole length.
///
/// A query that was begun holds memory until its end, so begun ones are bounded; while they are at the bound, a newcomer
/// waits. When it could compute but for that, and a reader has been slow, the one that is slow for longest is cut off.
///
/// Invariants:
/// 1. At most `workers` are running.
/// 2. At most `workers + readers` are begun: running, sending, slow, ready, leaving.
/// 3. At most `queued` are newcomers, those aside that are begun at once.
/// 4. After ``turn()`` gave nil, no worker is free while a query is ready, or while a newcomer may be begun.
struct QueryScheduler {
    /// Where a query is.
    enum Stage: Equatable {
        /// In line, not begun.
        case newcomer
        /// Begun, in line for another turn.
        case ready
        /// On a worker.
        case running
        /// Its last piece is on its way to the reader.
        case sending
        /// As sending, and the reader has taken nothing for some time.
        case slow
        /// Cut off, but not gone yet.
        case leaving
    }

    /// What is to be done now.
    enum Turn: Equatable {
        /// Compute the next piece of a query.
        case run(QueryID)
        /// Cut a query off: its reader is slow, and somebody waits for its place.
        case cut(QueryID)
    }

    private struct Place {
        var joined: UInt64
        var id: QueryID
    }

    private let workers: Int
    private let begunMax: Int
    private let queued: Int

    private var stages: [QueryID: Stage] = [:]
    private var newcomers: [Place] = []
    private var ready: [Place] = []
    /// Longest first.
    private var slow: [QueryID] = []
    private var running = 0
    private var leaving = 0
    private var joined: UInt64 = 0

    init(_ limits: QueryServiceLimits) {
        self.workers = max(1, limits.workers)
        self.begunMax = workers + max(0, limits.readers)
        self.queued = max(0, limits.queued)
    }

    /// How many queries are in line, computing, and with their readers.
    var counts: (queued: Int, running: Int, sending: Int) {
        let inLine = newcomers.count + ready.count
        return (inLine, running, stages.count - inLine - running)
    }

    func stage(of id: QueryID) -> Stage? { stages[id] }

    // MARK: - What happens to a query

    /// A new query; false if there is no room for it.
    mutating func arrive(_ id: QueryID) -> Bool {
        precondition(stages[id] == nil, "BUG: \(id) arrived twice")
        let isBegunAtOnce = newcomers.isEmpty && running < workers && begun < begunMax
        guard isBegunAtOnce || newcomers.count < queued else { return false }
        stages[id] = .newcomer
        newcomers.append(place(id))
        return true
    }

    /// A piece was computed; the worker is free.
    mutating func pause(_ id: QueryID) {
        precondition(stages[id] == .running, "BUG: \(id) pauses and did not run")
        running -= 1
        stages[id] = .sending
    }

    /// A turn takes long: puts the query back in line if anybody there could run in its place, else false.
    mutating func giveWay(_ id: QueryID) -> Bool {
        precondition(stages[id] == .running, "BUG: \(id) gives way and did not run")
        let newcomersMayRun = !newcomers.isEmpty && (begun < begunMax || (leaving == 0 && !slow.isEmpty))
        guard newcomersMayRun || !ready.isEmpty else { return false }
        running -= 1
        enterReady(id)
        return true
    }

    /// The reader has taken nothing for some time.
    mutating func becameSlow(_ id: QueryID) {
        guard stages[id] == .sending else { return }
        stages[id] = .slow
        slow.append(id)
    }

    /// The reader wants more; false if the query is to go, and will be told.
    mutating func resume(_ id: QueryID) -> Bool {
        switch stages[id] {
        case .slow: slow.removeAll { $0 == id }
        case .sending: break
        case .newcomer, .ready, .running, .leaving, nil: return false
        }
        enterReady(id)
        return true
    }

    /// Takes a query out of the line, and so out of everything; false if it does not stand there.
    mutating func withdraw(_ id: QueryID, onlyNewcomers: Bool = false) -> Bool {
        switch stages[id] {
        case .newcomer: newcomers.removeAll { $0.id == id }
        case .ready where !onlyNewcomers: ready.removeAll { $0.id == id }
        case .ready, .running, .sending, .slow, .leaving, nil: return false
        }
        stages[id] = nil
        return true
    }

    /// A query that does not run is over; nothing if it is already gone.
    mutating func end(_ id: QueryID) {
        precondition(stages[id] != .running, "BUG: \(id) ends while it runs")
        if withdraw(id) { return }
        if stages[id] == .slow { slow.removeAll { $0 == id } }
        if stages[id] == .leaving { leaving -= 1 }
        stages[id] = nil
    }

    // MARK: - What follows

    /// What is to be done now, one thing a call, until nil.
    mutating func turn() -> Turn? {
        guard running < workers else { return nil }
        if let newcomer = newcomers.first {
            if begun >= begunMax {
                if leaving == 0, let longest = slow.first { return cut(longest) }
            } else if newcomer.joined < ready.first?.joined ?? .max {
                newcomers.removeFirst()
                return run(newcomer.id)
            }
        }
        guard !ready.isEmpty else { return nil }
        return run(ready.removeFirst().id)
    }

    private mutating func enterReady(_ id: QueryID) {
        stages[id] = .ready
        ready.append(place(id))
    }

    private var begun: Int { stages.count - newcomers.count }

    private mutating func run(_ id: QueryID) -> Turn {
        running += 1
        stages[id] = .running
        return .run(id)
    }

    private mutating func cut(_ id: QueryID) -> Turn {
        slow.removeFirst()
        leaving += 1
        stages[id] = .leaving
        return .cut(id)
    }

    private mutating func place(_ id: QueryID) -> Place {
        joined += 1
        return Place(joined: joined, id: id)
    }
}
