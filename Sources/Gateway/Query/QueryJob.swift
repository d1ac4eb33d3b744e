internal import Engine
internal import NIOCore
internal import QueryLang
internal import Wire

/// One query from its text to the last byte of its answer.
///
/// The job goes back and forth between a worker, which computes a piece, and the connection's loop, which sends it:
///
///     loop: line ─► worker: prepare, first piece ─► loop: head, piece ─► (wait for the socket) ─► line ─► worker …
///
/// Whatever stops it, it ends on the loop: at once if it waits for the line or the socket, else as soon as the worker brings
/// it back.
final class QueryJob: @unchecked Sendable {
    // @unchecked: `step`, `bytes` and `coding` belong to the side that has the job at the moment, and change hands only with the
    // closure that carries it over; `place`, `isStarted` and the timers are the loop's; `active` is for everybody.

    let active: ActiveQuery

    private let service: QueryService
    private let query: QueryRequest
    private let request: HTTPRequest
    private let answer: Answer
    private let loop: any EventLoop
    /// Of ``MonotonicClock``.
    private let deadline: Int64
    private let timeoutNanoseconds: Int64

    private var step: (any RunnableQuery)?
    private var bytes: [UInt8] = []

    /// How the body is written.
    private enum Coding {
        /// As it is.
        case plain
        case gzip(GzipEncoder)
    }

    /// Decided by the first piece: a short answer is sent as it is.
    private var coding: Coding?

    /// Who has the job.
    private enum Place {
        /// The line, or a worker.
        case service
        /// The loop, which waits for the socket since then.
        case reader(since: Int64)
        /// Nobody: it is over.
        case over
    }

    private var place = Place.service
    private var isStarted = false
    private var timer: Scheduled<Void>?
    private var patience: Scheduled<Void>?

    /// What a worker brought.
    private enum Piece: Sendable {
        case more(ByteBuffer)
        case last(ByteBuffer, QueryStatistics)
        /// The error, and what is still to be sent before the answer breaks off.
        case failed(QueryError, rest: ByteBuffer)
        case refused(Problem)
        case stopped(StopReason, rest: ByteBuffer)
    }

    init(service: QueryService, query: QueryRequest, request: HTTPRequest, active: ActiveQuery, answer: Answer) {
        self.service = service
        self.query = query
        self.request = request
        self.active = active
        self.answer = answer
        self.loop = answer.writer.eventLoop
        let timeout = min(query.timeoutNanoseconds ?? .max, service.limits.timeoutNanoseconds)
        let (deadline, overflow) = active.arrival.monotonic.addingReportingOverflow(timeout)
        self.timeoutNanoseconds = timeout
        self.deadline = overflow ? .max : deadline
    }

    // MARK: - From any thread

    /// Stops the query; false if it was stopped before.
    func stop(_ reason: StopReason) -> Bool {
        guard active.stop(reason) else { return false }
        loop.execute { self.wasStopped() }
        return true
    }

    // MARK: - On the loop

    /// Listens for what ends the query early; the service has taken it.
    func open() {
        answer.writer.onClose = { [self] in _ = stop(.readerLeft) }
        answer.writer.onWritable = { [self] in
            if case .reader = place { resume() }
        }
        let queueEnd = active.arrival.monotonic.addingReportingOverflow(service.limits.queueWaitNanoseconds)
        arm(at: min(deadline, queueEnd.overflow ? .max : queueEnd.partialValue))
    }

    private func arm(at time: Int64) {
        let wait = max(0, time - MonotonicClock.now())
        timer = loop.assumeIsolated().scheduleTask(in: .nanoseconds(wait)) { [self] in timeExpired() }
    }

    private func timeExpired() {
        timer = nil
        if case .over = place { return }
        if MonotonicClock.now() >= deadline {
            _ = stop(.timedOut(milliseconds: timeoutNanoseconds / 1_000_000))
        } else if service.withdraw(active.id, onlyNewcomers: true) {
            _ = active.stop(.notBegun)
            end(active.stopReason ?? .notBegun)
        } else {
            arm(at: deadline)
        }
    }

    private func wasStopped() {
        guard let reason = active.stopReason else { return }
        switch place {
        case .over: break
        case .reader: end(reason)
        case .service: if service.withdraw(active.id) { end(reason) }
        }
    }

    private func deliver(_ piece: Piece) {
        if case .over = place { return }
        switch piece {
        case .more(let bytes): send(bytes)
        case .last(let bytes, let statistics): finish(bytes, statistics)
        case .failed(let error, let rest):
            var problem = Problem(error, in: query.text)
            problem.identify(active.id)
            fail(problem, rest)
        case .refused(let problem): fail(problem, ByteBuffer())
        case .stopped(let reason, let rest): end(reason, rest)
        }
    }

    private func send(_ bytes: ByteBuffer) {
        if let reason = active.stopReason { return end(reason) }
        if !isStarted {
            isStarted = true
            var fields = fields
            fields["Trailer"] = "X-Query-Status, X-Query-Summary"
            answer.start(.ok, fields)
        }
        answer.writer.write(bytes)
        if answer.writer.isWritable { resume() } else { awaitReader() }
    }

    /// Asks for another turn.
    private func resume() {
        place = .service
        if !service.resume(active.id) { place = .reader(since: MonotonicClock.now()) }
    }

    private func awaitReader() {
        place = .reader(since: MonotonicClock.now())
        if patience == nil { armPatience(service.limits.readerPatienceNanoseconds) }
    }

    /// One timer serves all waits: a reader that takes its pieces quickly costs none for each.
    private func armPatience(_ wait: Int64) {
        patience = loop.assumeIsolated().scheduleTask(in: .nanoseconds(wait)) { [self] in patienceExpired() }
    }

    private func patienceExpired() {
        patience = nil
        guard case .reader(let since) = place else { return }
        let left = service.limits.readerPatienceNanoseconds - (MonotonicClock.now() - since)
        if left <= 0 { service.becameSlow(active.id) } else { armPatience(left) }
    }

    /// Sends the end of the answer, or all of it.
    private func finish(_ bytes: ByteBuffer, _ statistics: QueryStatistics) {
        let marks: HTTPFields = ["X-Query-Status": "ok", "X-Query-Summary": QuerySummary.text(statistics)]
        if isStarted {
            answer.writer.write(bytes)
            answer.writer.finish(trailers: marks)
        } else {
            var fields = fields
            for (name, value) in marks.all { fields[name] = value }
            answer.send(HTTPResponse(status: .ok, fields: fields, body: bytes))
        }
        close()
    }

    private var fields: HTTPFields {
        var fields: HTTPFields = [
            "Content-Type": query.format.mediaType, "Cache-Control": "no-store", QueryID.field: active.id.text,
        ]
        fields["Vary"] = query.questDB == nil ? "Accept, Accept-Encoding" : "Accept-Encoding"
        if case .gzip = coding { fields["Content-Encoding"] = "gzip" }
        if query.questDB?.kind == .csv {
            fields["Content-Disposition"] = "attachment; filename=\"tickgate-query.csv\""
        }
        return fields
    }

    /// Ends the query for a reason from outside.
    private func end(_ reason: StopReason, _ rest: ByteBuffer = ByteBuffer()) {
        service.counters.stopped(reason)
        var rest = rest
        if rest.readableBytes == 0, isStarted {
            step?.fail(reason.error, into: &bytes)
            rest = take()
        }
        breakOff(reason.problem(in: query.text, active.id), rest)
    }

    private func fail(_ problem: Problem, _ rest: ByteBuffer) {
        service.counters.failed.add()
        breakOff(problem, rest)
    }

    /// Answers with a problem, or ends the answer visibly incomplete if it was begun.
    private func breakOff(_ problem: Problem, _ rest: ByteBuffer) {
        if !isStarted {
            if answer.writer.isOpen { answer.send(problem, to: query) }
        } else if answer.writer.isOpen {
            answer.writer.write(rest)
            answer.writer.abort(sendingRest: true)
        }
        close()
    }

    private func close() {
        place = .over
        timer?.cancel()
        patience?.cancel()
        timer = nil
        patience = nil
        answer.writer.onClose = nil
        answer.writer.onWritable = nil
        active.detach()
        if let step { service.dispose(of: step) }
        step = nil
        service.end(active.id)
        service.counters.time.record(nanoseconds: MonotonicClock.now() - active.arrival.monotonic)
    }

    // MARK: - On a worker

    /// Computes a piece and brings it to the loop, or gives way to another job.
    func compute() {
        // Once it gave way, the job may be on another worker already.
        guard let piece = nextPiece() else { return }
        if case .more = piece {
        } else {
            // What the operators hold may take long to free: not on the loop.
            active.detach()
            step = nil
        }
        service.pause(active.id)
        loop.execute { self.deliver(piece) }
    }

    private func nextPiece() -> Piece? {
        let began = MonotonicClock.now()
        if let reason = active.stopReason { return stopped(reason) }
        do throws(QueryError) {
            let step: any RunnableQuery
            if let known = self.step { step = known } else { step = try prepare() }
            self.step = step
            if let refusal = refusal(step.statementClass) { return .refused(refusal) }
            bytes.reserveCapacity(service.limits.pieceBytes * 2)
            while bytes.count < service.limits.pieceBytes {
                guard try step.next(into: &bytes) else {
                    return .last(take(isLast: true), step.statistics)
                }
                if MonotonicClock.now() - began > service.limits.turnNanoseconds, service.giveWay(active.id) {
                    return nil
                }
            }
            return .more(take())
        } catch {
            // An error that somebody caused is told by its cause.
            if let reason = active.stopReason { return stopped(reason) }
            if error.code == .timeout { return stopped(.timedOut(milliseconds: timeoutNanoseconds / 1_000_000)) }
            step?.fail(error, into: &bytes)
            return .failed(error, rest: take())
        }
    }

    private func stopped(_ reason: StopReason) -> Piece {
        step?.fail(reason.error, into: &bytes)
        return .stopped(reason, rest: take())
    }

    /// What was made since the last piece, as it is sent.
    private func take(isLast: Bool = false) -> ByteBuffer {
        let taken = bytes
        bytes = []
        guard isLast || !taken.isEmpty else { return ByteBuffer() }
        switch coding ?? decideCoding(taken.count) {
        case .plain: return ByteBuffer(bytes: taken)
        case .gzip(let encoder): return encoder.encode(taken, isLast: isLast)
        }
    }

    private func decideCoding(_ firstBytes: Int) -> Coding {
        var decided = Coding.plain
        if firstBytes >= GzipEncoder.bodyBytesMin, request.acceptsGzip, let encoder = GzipEncoder() {
            decided = .gzip(encoder)
        }
        coding = decided
        return decided
    }

    private func prepare() throws(QueryError) -> any RunnableQuery {
        var options = QueryOptions(
            format: query.format,
            rowsMax: query.rowsMax,
            timeoutNanoseconds: max(0, deadline - MonotonicClock.now()),
            memoryBytesMax: service.limits.memoryBytesMax
        )
        options.dialect = query.dialect
        options.questDB = query.questDB
        options.explains = query.explains
        options.parameters = query.parameters
        let step: any RunnableQuery =
            if let set = query.trainingSet {
                try service.runner.prepare(set, options)
            } else {
                try service.runner.prepare(query.text, options)
            }
        active.attach(step)
        return step
    }

    /// Why the statement may not run: its class, which is only known now.
    private func refusal(_ statementClass: StatementClass) -> Problem? {
        var problem: Problem?
        if statementClass != .read, request.method != .post {
            switch query.changeByGET {
            case .refused:
                problem = Problem(.methodNotAllowed, "read_only", "a GET may only read; send the statement by POST")
            case .allowed(let refusal): problem = refusal
            }
        }
        problem = problem ?? answer.refusal(of: statementClass, request, service.authorizer)
        problem?.identify(active.id)
        return problem
    }
}
