import Documents
import Foundation
import NIOCore
import QueryLang
import Wire

/// Running statements: rows are drawn, or written as CSV, while more of them come.
extension ShellSession {
    /// Rows that wait longer are drawn, though their page is not full.
    private static let patienceSeconds = 0.3
    /// After a query was stopped its answer ends within this time, or is given up.
    private static let stopSeconds = 3.0

    /// Statements whose answer is a word or a number of rows, told in a line.
    private static let changing: Set<String> = [
        "ALTER", "BACKFILL", "CREATE", "DELETE", "DROP", "INSERT", "REFRESH", "TRUNCATE",
    ]
    /// Statements whose answer is text of its own form.
    private static let textual: Set<String> = ["EXPLAIN", "SHOW"]

    /// Runs a statement.
    ///
    /// - Parameter singles: columns of the answer whose numbers were kept in 32 bits.
    func run(_ statement: String, singles: Set<String> = []) throws(ShellFailure) {
        let began = ContinuousClock.now
        let word = QueryText.firstWord(of: statement) ?? ""
        if settings.isCSV || settings.output != nil, !Self.changing.contains(word) {
            return try writeCSV(statement, began: began)
        }
        let id = makeQueryID()
        let stream = try connection.open(statement, format: "msgpack", id: id)
        try interrupts.handling(by: { stream.interrupt() }) { () throws(ShellFailure) in
            try acceptHead(stream, id)
            var drawing = AnswerDrawing(
                form: form(of: word),
                layout: layout,
                rowsMax: settings.rowsMax,
                singles: singles
            )
            try draw(stream, id, &drawing, began: began)
        }
    }

    /// Runs a statement and writes its rows as CSV, to the file of `\o` or to standard output.
    func writeCSV(_ statement: String, began: ContinuousClock.Instant = .now) throws(ShellFailure) {
        let id = makeQueryID()
        let stream = try connection.open(statement, format: "csv", id: id)
        try interrupts.handling(by: { stream.interrupt() }) { () throws(ShellFailure) in
            let fields = try acceptHead(stream, id)
            settings.output?.begin()
            do throws(ShellFailure) {
                let trailers = try copy(stream, id)
                let summary = fields["X-Query-Summary"] ?? trailers["X-Query-Summary"]
                guard (fields["X-Query-Status"] ?? trailers["X-Query-Status"]) == "ok" else {
                    throw .unreachable("the answer broke off before its end")
                }
                if let output = settings.output {
                    let rows = summary.flatMap(Self.rows(in:)).map { "\(Self.count($0, "row")) to " } ?? ""
                    let time = settings.isTiming ? "; \(Self.elapsed(since: began)) in all" : ""
                    try show(["\(rows)\(output.path)\(time)"])
                }
            } catch {
                settings.output?.rollBack()
                throw error
            }
        }
    }

    // MARK: - The answer

    /// Waits for the head of an answer; a refusal is thrown.
    @discardableResult
    private func acceptHead(_ stream: AnswerStream, _ id: String) throws(ShellFailure) -> HTTPFields {
        while true {
            switch stream.next() {
            case .head(let status, let fields):
                if status.code == 200 { return fields }
                throw refusal(try stream.refusal(status))
            case .failed(let error): throw GatewayConnection.failure(error)
            case .interrupted: try stop(stream, id)
            case .bytes, .end, .idle: continue
            }
        }
    }

    private func refusal(_ response: HTTPResponse) -> ShellFailure {
        let text = GatewayConnection.text(response)
        guard response.status.code == 401 else { return .refused(text) }
        return .refused("this needs the admin token: start the shell with --token, or set TICKGATE_ADMIN_TOKEN")
    }

    /// Ctrl-C: stops the query where it runs, and waits a little for its end.
    private func stop(_ stream: AnswerStream, _ id: String) throws(ShellFailure) -> Never {
        // If the gateway does not answer, hanging up is all that is left, and stops it too.
        _ = try? connection.cancel(id)
        let deadline = ContinuousClock.now + .seconds(Self.stopSeconds)
        waiting: while ContinuousClock.now < deadline {
            switch stream.next(seconds: 0.1) {
            case .end, .failed, .interrupted: break waiting
            case .head, .bytes, .idle: continue
            }
        }
        stream.cancel()
        throw .interrupted
    }

    private func draw(
        _ stream: AnswerStream,
        _ id: String,
        _ drawing: inout AnswerDrawing,
        began: ContinuousClock.Instant
    ) throws(ShellFailure) {
        var decoder = AnswerDecoder()
        while true {
            switch stream.next(seconds: Self.patienceSeconds) {
            case .bytes(let bytes):
                decoder.feed(bytes.readableBytesView)
                guard try draw(&decoder, &drawing, began) else {
                    stream.cancel()
                    return
                }
            case .idle: try show(drawing.flush())
            case .end: return
            case .failed(let error):
                try show(drawing.flush())
                throw GatewayConnection.failure(error)
            case .interrupted:
                try show(drawing.flush())
                try stop(stream, id)
            case .head: continue
            }
        }
    }

    /// Draws the parts that have arrived; false if no more are wanted.
    private func draw(
        _ decoder: inout AnswerDecoder,
        _ drawing: inout AnswerDrawing,
        _ began: ContinuousClock.Instant
    ) throws(ShellFailure) -> Bool {
        while true {
            let part: AnswerPart?
            do {
                part = try decoder.next()
            } catch {
                throw .unreachable("the gateway's answer cannot be read: \(error.message)")
            }
            guard let part else { return true }
            switch part {
            case .columns(let columns): drawing.begin(columns)
            case .row(let row):
                try show(drawing.add(row))
                guard drawing.isFull else { continue }
                try show(drawing.finishEarly())
                return false
            case .end(let summary):
                let total = settings.isTiming ? Self.elapsed(since: began) : nil
                try show(drawing.finish(summary, total: total))
            case .failure(let message):
                try show(drawing.flush())
                throw .refused("the answer is not whole: \(message)")
            }
        }
    }

    private func form(of word: String) -> AnswerDrawing.Form {
        if Self.changing.contains(word) { return .outcome }
        return Self.textual.contains(word) ? .text : .rows
    }

    /// How rows are drawn now; the terminal may have changed its size.
    var layout: ResultLayout {
        ResultLayout(
            width: terminal.writesTerminal ? terminal.size.columns : nil,
            isExpanded: settings.isExpanded,
            isStyled: terminal.isEditable
        )
    }

    /// Copies the body of an answer; gives its trailers.
    private func copy(_ stream: AnswerStream, _ id: String) throws(ShellFailure) -> HTTPFields {
        while true {
            switch stream.next() {
            case .bytes(let bytes):
                let piece = Array(bytes.readableBytesView)[...]
                if let output = settings.output { try output.write(piece) } else { try terminal.write(piece) }
            case .end(let trailers): return trailers
            case .failed(let error):
                if error.code == .closed { throw .unreachable("the answer broke off before its end") }
                throw GatewayConnection.failure(error)
            case .interrupted: try stop(stream, id)
            case .head, .idle: continue
            }
        }
    }

    // MARK: - Words

    private static func rows(in summary: String) -> Int64? {
        let object = try? JSONSerialization.jsonObject(with: Data(summary.utf8)) as? [String: Any]
        return (object?["rows"] as? NSNumber)?.int64Value
    }

    static func count(_ number: Int64, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }

    static func elapsed(since began: ContinuousClock.Instant) -> String {
        let duration = ContinuousClock.now - began
        let microseconds = duration.components.seconds * 1_000_000 + duration.components.attoseconds / 1_000_000_000_000
        return AnswerDrawing.milliseconds(microseconds)
    }
}
