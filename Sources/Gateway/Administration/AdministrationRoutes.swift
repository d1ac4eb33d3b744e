internal import Columnar
internal import Documents
internal import Engine
internal import NIOCore
internal import QueryLang
internal import Wire

/// `/v1/admin`: a look at the live store, a backup of it, and its compaction. All need the admin token.
struct AdministrationRoutes: Sendable {
    /// A path and some braces; no honest request is longer.
    static let bodyBytesMax = 16 << 10

    static let statusPath = "/v1/admin/store"
    static let backupPath = "/v1/admin/backup"
    static let compactPath = "/v1/admin/compact"

    let administration: (any StoreAdministration)?
    let authorizer: any Authorizer
    let threads: MaintenanceThreads

    /// Answers a request, now or when the work is done. On the connection's loop.
    func send(_ request: HTTPRequest, _ answer: Answer) {
        if let problem = answer.refusal(of: .admin, request, authorizer) { return answer.send(problem) }
        guard let administration else {
            return answer.send(Problem(.serviceUnavailable, "no_store", "this gateway has no store to look after"))
        }
        switch request.path {
        case Self.statusPath: status(administration, answer)
        case Self.backupPath: backup(administration, request, answer)
        default: compact(administration, answer)
        }
    }

    private func status(_ administration: any StoreAdministration, _ answer: Answer) {
        let reply = Reply(answer)
        threads.look { () throws(TableError) in
            try administration.status()
        } completion: { result in
            reply.send(result) { $0.write(to: &$1) }
        }
    }

    private func backup(_ administration: any StoreAdministration, _ request: HTTPRequest, _ answer: Answer) {
        do throws(ProblemError) {
            let directory = try Self.directory(request)
            run(.backup, answer) { () throws(TableError) in
                try administration.backup(to: directory)
            } describe: {
                $0.member("directory", directory)
            }
        } catch {
            answer.send(error.problem)
        }
    }

    private func compact(_ administration: any StoreAdministration, _ answer: Answer) {
        run(.compaction, answer) { () throws(TableError) in
            try administration.compact()
        } describe: { _ in
        }
    }

    private func run(
        _ job: MaintenanceThreads.Job,
        _ answer: Answer,
        _ work: @escaping @Sendable () throws(TableError) -> Void,
        describe: @escaping @Sendable (inout JSONBuffer) -> Void
    ) {
        let reply = Reply(answer)
        let began = MonotonicClock.now()
        let other = threads.start(job, work) { result in
            let elapsed = MonotonicClock.now() - began
            reply.send(result) { _, json in
                json.beginObject()
                describe(&json)
                json.member("elapsed_us", elapsed / 1_000)
                json.endObject()
            }
        }
        guard let other else { return }
        let detail = "a \(other.rawValue) is running; the store takes one such job at a time"
        answer.send(Problem(.conflict, "busy", detail, hint: "ask again when it is done"))
    }

    /// The member `directory` of the body.
    private static func directory(_ request: HTTPRequest) throws(ProblemError) -> String {
        let hint = #"send {"directory": "/path/of/the/backup"}"#
        let document: DocumentValue
        do {
            document = try JSONReader.value(of: Array(request.body.readableBytesView))
        } catch {
            let detail = "\(error.message), at byte \(error.offset) of the body"
            throw ProblemError(Problem(.badRequest, "bad_json", detail, hint: hint))
        }
        guard document.members?.count == 1, let directory = document["directory"]?.string else {
            let detail = "the body must be an object with the member \"directory\", a text, alone"
            throw ProblemError(Problem(.badRequest, "bad_json", detail, hint: hint))
        }
        // The gateway's working directory is none of the sender's business, so a relative path would mean nothing to them.
        guard directory.hasPrefix("/"), !directory.utf8.contains(0) else {
            let detail = "the directory must be an absolute path on the machine of the gateway"
            throw ProblemError(Problem(.badRequest, "bad_directory", detail, hint: hint))
        }
        return directory
    }
}

/// Brings what a thread found out back to the connection's loop.
private struct Reply: Sendable {
    private let answer: Answer
    private let loop: any EventLoop

    init(_ answer: Answer) {
        self.answer = answer
        self.loop = answer.writer.eventLoop
    }

    /// Sends a result if somebody still waits for it.
    func send<Value: Sendable>(
        _ result: Result<Value, TableError>,
        _ write: @escaping @Sendable (Value, inout JSONBuffer) -> Void
    ) {
        loop.execute {
            guard answer.writer.isOpen else { return }
            switch result {
            case .success(let value):
                var json = JSONBuffer()
                write(value, &json)
                json.newline()
                answer.send(json)
            case .failure(let error): answer.send(Problem(error))
            }
        }
    }
}

extension Problem {
    /// The problem behind a store's error.
    init(_ error: TableError) {
        switch error.code {
        case .invalid, .tableExists, .unknownTable: self.init(.badRequest, "invalid", error.message)
        case .diskFull: self.init(.serviceUnavailable, "disk_full", error.message)
        case .readOnly: self.init(.serviceUnavailable, "read_only", error.message)
        case .congested: self.init(.serviceUnavailable, "congested", error.message)
        case .closed: self.init(.serviceUnavailable, "stopping", error.message)
        case .corrupt: self.init(.internalServerError, "corrupt", error.message)
        case .io: self.init(.internalServerError, "io", error.message)
        }
    }
}
