import ArgumentParser
import Columnar
import Foundation
import Gateway
import Store

/// Which store a command is about: a data directory that no process has open, or that of a running gateway.
struct StoreTarget: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A data directory that no process has open; with --url, where the token lies.",
            valueName: "dir"
        )
    )
    var data: String?

    @Option(help: ArgumentHelp("A running gateway, such as http://127.0.0.1:8080.", valueName: "url"))
    var url: String?

    @Option(
        help: ArgumentHelp(
            "The gateway's admin token; the default is TICKGATE_ADMIN_TOKEN, then the file admin-token of --data.",
            valueName: "token"
        )
    )
    var token: String?

    func validate() throws {
        guard data != nil || url != nil else { throw ValidationError("give --data DIR, or --url URL of a gateway") }
        if url == nil, token != nil { throw ValidationError("--token is for a gateway: give --url URL") }
    }

    /// The gateway, if the command is about one.
    func gateway() throws -> AdministrationClient? {
        guard let url else { return nil }
        return AdministrationClient(base: url, token: try adminToken())
    }

    /// Opens the data directory for as long as `body` runs.
    func withStore<Result>(_ body: (LiveStore) throws -> Result) throws -> Result {
        guard let data else { throw CommandError.Failure("give --data DIR") }
        let store: Store
        do {
            store = try DataDirectory.open(data)
        } catch let error as TableError where error.code == .io && error.message.contains("in use") {
            throw CommandError.Failure("\(error.message), or ask the gateway that has it: --url URL --data \(data)")
        }
        defer { store.close(flush: false) }
        return try body(LiveStore(store: store, directory: data))
    }

    private func adminToken() throws -> String {
        if let given = token ?? ProcessInfo.processInfo.environment["TICKGATE_ADMIN_TOKEN"], !given.isEmpty {
            return given
        }
        guard let data else {
            throw CommandError.Failure(
                "the gateway's admin token is needed: give --token TOKEN, set TICKGATE_ADMIN_TOKEN, or name the gateway's "
                    + "data directory with --data DIR"
            )
        }
        guard let token = AdminToken.stored(directory: data) else {
            throw CommandError.Failure(
                "\(data)/admin-token: cannot be read; is it the gateway's data directory, and yours?"
            )
        }
        return token
    }
}
