internal import Engine
internal import NIOCore
internal import QueryLang
internal import Synchronization
internal import Wire

/// One query from its text to the last byte of its answer.
///
/// The job goes back and forth between a worker, which computes a piece, and the connection's loop, which sends it:
///
///     loop: start ─► worker: prepare, first piece ─► loop: head, piece ─► (wait for the socket) ─► worker: next piece …
final class QueryJob: @unchecked Sendable {
    // @unchecked: `prepared` and `bytes` belong to the side that has the job at the moment, and change hands only with
    // the closure that carries it over; `answer` and the `is…` flags are the loop's; `isCancelled` is atomic.

    private let service: QueryService
    private let query: QueryRequest
    private let request: HTTPRequest
    private let id: String
    private let answer: Answer
    private let startedAt = MonotonicClock.now()
    private let isCancelled = Atomic<Bool>(false)

    private var prepared: (any RunnableQuery)?
    private var bytes: [UInt8] = []

    private var isStarted = false
    private var isWaiting = false
    private var isOver = false

    /// What a worker brought.
    private enum Piece: Sendable {
        case more([UInt8])
        case last([UInt8])
        case failed(Problem)
        case cancelled
    }

    init(service: QueryService, query: QueryRequest, request: HTTPRequest, id: String, answer: Answer) {
        self.service = service
        self.query = query
        self.request = request
        self.id = id
        self.answer = answer
    }

    // MARK: - On the loop

    func start() {
        answer.writer.onClose = { [self] in
            isCancelled.store(true, ordering: .relaxed)
            service.counters.queriesCancelled.add()
            // A job that waits for the socket is not on its way: it ends here.
            if isWaiting { dropPrepared() }
        }
        answer.writer.onWritable = { [self] in
            guard isWaiting else { return }
            isWaiting = false
            submit()
        }
        submit()
    }

    private func submit() {
        let loop = answer.writer.eventLoop
        service.submit {
            let piece = self.compute()
            loop.execute { self.deliver(piece) }
        } cancelled: {
            loop.execute {
                self.deliver(.failed(Problem(.serviceUnavailable, "stopping", "the server is shutting down")))
            }
        }
    }

    private func deliver(_ piece: Piece) {
        guard !isOver else { return }
        switch piece {
        case .cancelled: dropPrepared()
        case .failed(var problem):
            problem.instance = id
            problem.fields["X-Query-Id"] = id
            service.counters.queriesFailed.add()
            if isStarted { answer.writer.abort() } else { answer.send(problem, asText: query.prefersTextErrors) }
            end()
        case .last(let bytes) where !isStarted:
            answer.send(HTTPResponse(status: .ok, fields: fields, body: ByteBuffer(bytes: bytes)))
            end()
        case .last(let bytes):
            answer.writer.write(ByteBuffer(bytes: bytes))
            answer.writer.finish(trailers: ["X-Query-Status": "ok"])
            end()
        case .more(let bytes):
            sendMore(bytes)
        }
    }

    private func sendMore(_ bytes: [UInt8]) {
        guard answer.writer.isOpen else { return dropPrepared() }
        if !isStarted {
            isStarted = true
            var fields = fields
            fields["Trailer"] = "X-Query-Status"
            answer.start(.ok, fields)
        }
        answer.writer.write(ByteBuffer(bytes: bytes))
        if answer.writer.isWritable { submit() } else { isWaiting = true }
    }

    private var fields: HTTPFields {
        ["Content-Type": query.format.mediaType, "Cache-Control": "no-store", "X-Query-Id": id, "Vary": "Accept"]
    }

    private func dropPrepared() {
        prepared?.cancel()
        end()
    }

    private func end() {
        guard !isOver else { return }
        isOver = true
        prepared = nil
        answer.writer.onClose = nil
        answer.writer.onWritable = nil
        service.counters.queriesActive.add(-1)
        service.counters.queryTime.record(nanoseconds: MonotonicClock.now() - startedAt)
    }

    // MARK: - On a worker

    private func compute() -> Piece {
        if isCancelled.load(ordering: .relaxed) { return .cancelled }
        do throws(QueryError) {
            let prepared: any RunnableQuery
            if let known = self.prepared { prepared = known } else { prepared = try prepare() }
            self.prepared = prepared
            if let refusal = refusal(prepared.statementClass) {
                self.prepared = nil
                return .failed(refusal)
            }
            bytes.reserveCapacity(service.limits.pieceBytes * 2)
            while bytes.count < service.limits.pieceBytes {
                if isCancelled.load(ordering: .relaxed) { return .cancelled }
                guard try prepared.next(into: &bytes) else { return .last(take()) }
            }
            return .more(take())
        } catch {
            return .failed(Problem(error, in: query.text, queryID: id))
        }
    }

    private func take() -> [UInt8] {
        let taken = bytes
        bytes = []
        return taken
    }

    private func prepare() throws(QueryError) -> any RunnableQuery {
        let limit = service.limits.timeoutNanoseconds
        let options = QueryOptions(
            format: query.format,
            rowsMax: query.rowsMax,
            timeoutNanoseconds: min(query.timeoutNanoseconds ?? limit, limit)
        )
        return try service.runner.prepare(query.text, options)
    }

    /// Why the statement may not run: its class, which is only known now.
    private func refusal(_ statementClass: StatementClass) -> Problem? {
        if statementClass != .read {
            guard request.method == .post else {
                return Problem(.methodNotAllowed, "read_only", "a GET may only read; send the statement by POST")
            }
        }
        return answer.refusal(of: statementClass, request, service.authorizer)
    }
}
