internal import NIOCore
internal import Wire

/// One `POST /v1/replay`: the body goes to a session as fast as that takes it, reports come back as lines of JSON.
///
/// A sender that does not read the reports is not held back by them: durable lines merge while the socket is full, and
/// rejected ones are counted beyond a bound.
final class ReplayExchange {
    /// Reports of rejected lines that may wait for a slow reader; the end tells how many there were in all.
    private static let waitingRejectedMax = 10_000

    private let reader: HTTPBodyReader
    private let writer: HTTPResponseWriter
    private let counters: GatewayCounters
    private var session: (any ReplayReceiver)?
    private var isOver = false
    private var isInterrupted = false
    private var durableLine = 0
    private var reportedLine = 0
    private var rejected: [(line: Int, message: String)] = []
    private var unreported = 0
    private var onEnd: (() -> Void)?

    init(reader: HTTPBodyReader, writer: HTTPResponseWriter, counters: GatewayCounters) {
        self.reader = reader
        self.writer = writer
        self.counters = counters
    }

    /// Begins; a refusal is thrown before anything was answered.
    func start(
        _ service: any ReplayService,
        _ parameters: [QueryParameter],
        fields: HTTPFields,
        onEnd: @escaping () -> Void
    ) throws(ReplayRefusal) {
        session = try service.begin(parameters, on: writer.eventLoop) { [weak self] in self?.take($0) }
        counters.replaysActive.add()
        self.onEnd = onEnd
        writer.onClose = { [self] in
            session?.cancel()
            end()
        }
        writer.onWritable = { [self] in flush() }
        writer.start(.ok, fields)
        read()
    }

    /// The gateway stops: what has been received becomes durable, and the sender is told how far that is.
    func interrupt() {
        guard !isOver, !isInterrupted else { return }
        isInterrupted = true
        session?.finish(isCut: true)
    }

    private func read() {
        reader.read { [self] piece in
            guard !isOver, !isInterrupted else { return }
            switch piece {
            case .bytes(let bytes): session?.receive(bytes) { [self] in if !isOver, !isInterrupted { read() } }
            case .end: session?.finish(isCut: false)
            case .failed:
                // What was received whole is kept; the sender gets its last durable line if it still listens.
                isInterrupted = true
                session?.finish(isCut: true)
            }
        }
    }

    private func take(_ report: ReplayReport) {
        guard !isOver else { return }
        switch report {
        case .durable(let line): durableLine = max(durableLine, line)
        case .rejected(let line, let message):
            if rejected.count < Self.waitingRejectedMax { rejected.append((line, message)) } else { unreported += 1 }
        case .failed(let line, let message):
            flush(isLast: true)
            write { json in
                json.member("line", line)
                json.member("error", message)
            }
            finish()
            return
        case .end(let summary):
            durableLine = max(durableLine, summary.lines)
            flush(isLast: true)
            if isInterrupted {
                write { json in
                    json.member("line", summary.lines)
                    json.member("error", "the replay was cut off: send the lines after this one again")
                }
            } else {
                write { json in writeEnd(summary, to: &json) }
            }
            finish()
            return
        }
        flush()
    }

    private func writeEnd(_ summary: ReplaySummary, to json: inout JSONBuffer) {
        json.member("line", summary.lines)
        json.member("durable", true)
        json.key("end")
        json.beginObject()
        json.member("lines", summary.lines)
        json.member("rejected", summary.rejected)
        json.member("events", summary.events)
        if unreported > 0 { json.member("unreported", unreported) }
        json.endObject()
    }

    /// Writes what waits if the socket takes it.
    private func flush(isLast: Bool = false) {
        guard isLast || writer.isWritable else { return }
        for (line, message) in rejected {
            write { json in
                json.member("line", line)
                json.member("error", message)
            }
        }
        rejected.removeAll()
        guard durableLine > reportedLine else { return }
        reportedLine = durableLine
        write { json in
            json.member("line", reportedLine)
            json.member("durable", true)
        }
    }

    private func write(_ body: (inout JSONBuffer) -> Void) {
        var json = JSONBuffer()
        json.beginObject()
        body(&json)
        json.endObject()
        json.newline()
        writer.write(ByteBuffer(bytes: json.bytes))
    }

    private func finish() {
        writer.finish()
        end()
    }

    private func end() {
        guard !isOver else { return }
        isOver = true
        session = nil
        counters.replaysActive.add(-1)
        writer.onClose = nil
        writer.onWritable = nil
        onEnd?()
        onEnd = nil
    }
}
