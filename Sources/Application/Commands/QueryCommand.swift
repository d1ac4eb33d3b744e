import ArgumentParser
import Columnar
import Engine
import Foundation
import NIOCore
import NIOPosix
import QueryLang
import Store
import Wire

/// `tickgate query`: one statement against a running gateway or a data directory.
struct QueryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Run one statement of the query language."
    )

    /// The forms of an answer.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, csv, json, ndjson, arrow, msgpack

        /// Whether the answer is no text.
        var isBinary: Bool { self == .arrow || self == .msgpack }
    }

    @Argument(help: "The statement, such as 'SHOW TABLES'.")
    var statement: String

    @Option(help: ArgumentHelp("A running gateway; the default is http://127.0.0.1:8080.", valueName: "url"))
    var url: String?

    @Option(help: ArgumentHelp("A data directory that no process has open.", valueName: "dir"))
    var data: String?

    @Option(
        help: ArgumentHelp(
            "The gateway's admin token, which DROP, TRUNCATE and DELETE need; the default is TICKGATE_ADMIN_TOKEN.",
            valueName: "token"
        )
    )
    var token: String?

    @Option(help: "How to write the answer.")
    var format: Format = .table

    func validate() throws {
        if url != nil, data != nil { throw ValidationError("give --url or --data, not both") }
        if data != nil, token != nil { throw ValidationError("--token is for a gateway: a directory is yours") }
        if format.isBinary, isatty(STDOUT_FILENO) == 1 {
            throw ValidationError("\(format.rawValue) is no text for a terminal; write it to a file, or to a program")
        }
    }

    func run() async throws {
        try await CommandError.explaining {
            if let data {
                try queryDirectory(data)
            } else {
                try await queryGateway(url ?? "http://127.0.0.1:8080")
            }
        }
    }

    private func queryDirectory(_ directory: String) throws {
        let store = try DataDirectory.open(directory)
        defer { store.close(flush: false) }
        let system = VirtualTables()
        for table in StoredTables.all(store) { system.add(table) }
        let engine = QueryEngine(source: store, threads: System.coreCount, writer: store, system: system)
        do throws(QueryError) {
            let prepared = try engine.prepare(statement)
            let stream = try engine.execute(prepared, limits: ExecutionLimits(timeoutNanoseconds: nil))
            let kind = ResultFormat(rawValue: format.rawValue) ?? .csv
            var writer = ResultWriter(format: kind, columns: prepared.columns)
            var bytes: [UInt8] = []
            writer.begin(into: &bytes)
            while let batch = try stream.next() {
                writer.write(batch, into: &bytes)
                flush(&bytes)
            }
            writer.end(stream.statistics, into: &bytes)
            flush(&bytes)
        } catch {
            throw CommandError.Failure(QueryDiagnostic.render(error, in: statement))
        }
    }

    private func flush(_ bytes: inout [UInt8]) {
        FileHandle.standardOutput.write(Data(bytes))
        bytes.removeAll(keepingCapacity: true)
    }

    private func queryGateway(_ base: String) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let url = try WireURL(base).with(target: "/v1/query?format=\(format.rawValue)")
        let tls = url.isTLS ? try WireTLS.client() : nil
        var limits = HTTPClientLimits()
        limits.timeout = .hours(24)
        limits.responseBytesMax = 1 << 30
        let client = HTTPClient(group: group, tls: tls, limits: limits)
        var fields: HTTPFields = ["Content-Type": "text/plain; charset=utf-8", "Accept": "text/plain"]
        if let token = token ?? ProcessInfo.processInfo.environment["TICKGATE_ADMIN_TOKEN"], !token.isEmpty {
            fields["Authorization"] = "Bearer \(token)"
        }
        let request = HTTPClientRequest(
            url: url,
            method: .post,
            fields: fields,
            body: ByteBuffer(string: statement)
        )
        let response = try await client.execute(request).get()
        let body = Data(response.body.readableBytesView)
        guard response.status.code == 200 else {
            throw CommandError.Failure(String(decoding: body, as: UTF8.self).trimmingCharacters(in: .newlines))
        }
        FileHandle.standardOutput.write(body)
    }
}
