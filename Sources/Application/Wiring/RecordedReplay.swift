import Columnar
import Engine
import Gateway
import Ingest
import Market
import NIOCore
import Wire

/// Replays that come over HTTP, through the same shards as a live feed.
struct RecordedReplayService: ReplayService {
    let registry: InstrumentRegistry
    let sequence: SequenceSource
    let runtime: LiveRuntime
    let lineBytesMax: Int
    let isCongested: @Sendable () -> Bool

    func begin(
        _ parameters: [QueryParameter],
        on eventLoop: any EventLoop,
        report: @escaping (ReplayReport) -> Void
    ) throws(ReplayRefusal) -> any ReplayReceiver {
        var symbols: Set<String>?
        for parameter in parameters {
            guard parameter.name == "symbols" else {
                throw ReplayRefusal(isTemporary: false, "unknown parameter '\(parameter.name)'; there is symbols")
            }
            symbols = Set(parameter.value.split(separator: ",").map { $0.uppercased() })
        }
        let session = ReplaySession(
            registry: registry,
            sequence: sequence,
            symbols: symbols,
            lineBytesMax: lineBytesMax
        )
        return RecordedReplay(
            session: session,
            runtime: runtime,
            isCongested: isCongested,
            eventLoop: eventLoop,
            report: report
        )
    }
}

/// One replay. Everything happens on its connection's loop; completions hop back to it.
final class RecordedReplay: ReplayReceiver {
    /// Groups that may wait for the disk. More only adds memory: the WAL writes all that wait in one go.
    private static let groupsMax = 8
    /// How long to wait for a store that lags: a flush of a memtable takes some hundred milliseconds.
    private static let congestionPause = TimeAmount.milliseconds(2)

    /// Lines whose events were handed to the shards together.
    private struct Group {
        let line: Int
        var isDurable = false
    }

    private let session: ReplaySession
    private let runtime: LiveRuntime
    private let isCongested: @Sendable () -> Bool
    private let eventLoop: any EventLoop
    private let report: (ReplayReport) -> Void
    private let stream = AppendStream()
    private var waiting: [Group] = []
    /// Number of the first group in `waiting`.
    private var firstGroup = 0
    private var ready: (() -> Void)?
    private var reportedProblems = 0
    private var events = 0
    private var isFinished = false
    private var isOver = false

    init(
        session: ReplaySession,
        runtime: LiveRuntime,
        isCongested: @escaping @Sendable () -> Bool,
        eventLoop: any EventLoop,
        report: @escaping (ReplayReport) -> Void
    ) {
        self.isCongested = isCongested
        self.session = session
        self.runtime = runtime
        self.eventLoop = eventLoop
        self.report = report
    }

    func receive(_ bytes: ByteBuffer, ready: @escaping () -> Void) {
        eventLoop.assertInEventLoop()
        guard !isOver else { return }
        var batch = EventBatch()
        bytes.withUnsafeReadableBytes { raw in session.feed(raw.bindMemory(to: UInt8.self), into: &batch) }
        send(batch)
        self.ready = ready
        goOn()
    }

    func finish(isCut: Bool) {
        guard !isOver, !isFinished else { return }
        isFinished = true
        var batch = EventBatch()
        if !isCut { session.finish(into: &batch) }
        send(batch)
    }

    func cancel() {
        isOver = true
        ready = nil
    }

    private func send(_ batch: EventBatch) {
        reportProblems()
        events += batch.events.count
        let number = firstGroup + waiting.count
        waiting.append(Group(line: session.lineCount))
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        runtime.process(batch, durability: .sync, stream: stream) { [eventLoop] result in
            eventLoop.execute { bound.value.completed(group: number, result) }
        }
    }

    private func completed(group number: Int, _ result: Result<LSN, TableError>) {
        guard !isOver else { return }
        if case .failure(let error) = result {
            fail(error)
            return
        }
        waiting[number - firstGroup].isDurable = true
        var line: Int?
        while let first = waiting.first, first.isDurable {
            line = first.line
            waiting.removeFirst()
            firstGroup += 1
        }
        if let line { report(.durable(line: line)) }
        if isFinished, waiting.isEmpty { end() }
        goOn()
    }

    /// Asks for more once there is room for it.
    private func goOn() {
        guard waiting.count < Self.groupsMax, let ready else { return }
        guard !isCongested() else {
            eventLoop.assumeIsolated().scheduleTask(in: Self.congestionPause) { [self] in goOn() }
            return
        }
        self.ready = nil
        ready()
    }

    private func reportProblems() {
        for problem in session.problems.dropFirst(reportedProblems) {
            report(.rejected(line: problem.line, message: problem.description))
        }
        reportedProblems = session.problems.count
    }

    private func fail(_ error: TableError) {
        isOver = true
        ready = nil
        report(.failed(line: waiting.first?.line ?? session.lineCount, message: error.message))
    }

    private func end() {
        isOver = true
        report(
            .end(ReplaySummary(lines: session.lineCount, rejected: session.problemCount, events: events))
        )
    }
}
