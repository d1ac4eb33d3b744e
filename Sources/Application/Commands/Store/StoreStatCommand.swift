import ArgumentParser
import Foundation
import Gateway

/// `tickgate store stat`: how full a store is.
struct StoreStatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stat",
        abstract: "Show tables, rows, bytes and times of a data directory or of a running gateway.",
        discussion: """
            Bytes and bytes a row are those of the segments; rows count what is still in the WAL as well. A row that a later
            one replaces counts until the two are merged.
            """
    )

    /// The forms of the report.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, json
    }

    @OptionGroup var target: StoreTarget

    @Option(help: "How to write the report.")
    var format: Format = .table

    @Flag(help: "Show the bytes of each column as well.")
    var columns = false

    func run() async throws {
        try await CommandError.explaining {
            let status: StoreStatus
            if let gateway = try target.gateway() {
                status = try await gateway.status()
            } else {
                status = try target.withStore { try $0.status() }
            }
            switch format {
            case .json: FileHandle.standardOutput.write(Data(status.json))
            case .table: print(StoreStatusText.lines(status, showsColumns: columns).joined(separator: "\n"))
            }
        }
    }
}
