import ArgumentParser
import Columnar
import Engine
import Foundation
import NIOCore
import Store

/// `tickgate store export`: tables as text files.
struct StoreExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write tables of a data directory as CSV or NDJSON.",
        discussion: """
            Rows come in the order of time, then series. Numbers are the shortest text that reads back as the same double;
            times are ISO 8601 in UTC with all their digits. A file is there whole or not at all. From a running gateway,
            use `tickgate query 'SELECT * FROM …' --url URL --format csv`.
            """
    )

    /// The forms of the files.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case csv, ndjson
    }

    @Option(help: ArgumentHelp("A data directory that no process has open.", valueName: "dir"))
    var data: String

    @Option(name: .customLong("table"), help: ArgumentHelp("A table; may be given again.", valueName: "name"))
    var tables: [String] = []

    @Option(help: ArgumentHelp("Rows from this time on, such as 2024-08-08T23:55.", valueName: "time"))
    var from: ExportTime?

    @Option(help: ArgumentHelp("Rows before this time.", valueName: "time"))
    var to: ExportTime?

    @Option(help: "How to write the rows.")
    var format: Format = .csv

    @Option(help: ArgumentHelp("File of one table; - is standard output, the default.", valueName: "file"))
    var output: String?

    @Option(help: ArgumentHelp("Directory of a file a table, <table>.csv; all tables unless named.", valueName: "dir"))
    var directory: String?

    @Flag(help: "Replace files that exist.")
    var force = false

    func validate() throws {
        if output != nil, directory != nil { throw ValidationError("give --output or --directory, not both") }
        if directory == nil, tables.count != 1 {
            throw ValidationError("give one --table NAME, or --directory DIR for several or all tables")
        }
        if let from, let to, from.nanoseconds >= to.nanoseconds {
            throw ValidationError("--from must be before --to")
        }
    }

    func run() async throws {
        try CommandError.explaining {
            let store = try DataDirectory.open(data)
            defer { store.close(flush: false) }
            let export = TableExport(
                engine: QueryEngine(source: store, threads: System.coreCount),
                format: format == .csv ? .csv : .ndjson,
                time: TimeRange(start: from?.nanoseconds ?? .min, end: to?.nanoseconds ?? .max)
            )
            let schemas = try schemas(store.catalog)
            if let directory { try Self.makeDirectory(directory) }
            for schema in schemas {
                let file = try file(of: schema)
                let rows = try export.write(schema, to: file)
                try file.finish()
                let line = "\(schema.name): \(rows) rows, \(file.byteCount) bytes, \(file.path ?? "standard output")\n"
                FileHandle.standardError.write(Data(line.utf8))
            }
        }
    }

    private func schemas(_ catalog: any CatalogReader) throws -> [TableSchema] {
        guard !tables.isEmpty else { return catalog.tables }
        var schemas: [TableSchema] = []
        for name in tables {
            guard let schema = catalog.schema(named: name) else {
                let names = catalog.tables.map(\.name)
                let hint =
                    nearest(to: name, in: names).map { "did you mean '\($0)'?" }
                    ?? "the tables are \(names.joined(separator: ", "))"
                throw CommandError.Failure("there is no table '\(name)'; \(hint)")
            }
            if !schemas.contains(schema) { schemas.append(schema) }
        }
        return schemas
    }

    private func file(of schema: TableSchema) throws -> ExportFile {
        if let directory {
            return try ExportFile(
                path: "\(directory)/\(Self.fileName(schema.name)).\(format.rawValue)",
                replaces: force
            )
        }
        guard let output, output != "-" else { return ExportFile() }
        return try ExportFile(path: output, replaces: force)
    }

    /// A table's name with what a file's name cannot hold, or a shell would mind, percent-encoded: two tables never meet.
    private static func fileName(_ table: String) -> String {
        var allowed = CharacterSet(charactersIn: "-._@")
        allowed.formUnion(CharacterSet(charactersIn: "A"..."Z"))
        allowed.formUnion(CharacterSet(charactersIn: "a"..."z"))
        allowed.formUnion(CharacterSet(charactersIn: "0"..."9"))
        let name = table.addingPercentEncoding(withAllowedCharacters: allowed) ?? table
        return name.hasPrefix(".") ? "%2E\(name.dropFirst())" : name
    }

    private static func makeDirectory(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw CommandError.Failure("\(path): cannot be made: \(error.localizedDescription)")
        }
    }
}

/// A moment on the command line: ISO 8601, whole or cut off after any field, or nanoseconds since the Unix epoch.
struct ExportTime: ExpressibleByArgument {
    let nanoseconds: Int64

    init?(argument: String) {
        if argument.utf8.count > 4, let number = Int64(argument) {
            nanoseconds = number
        } else if let interval = CivilTime.interval(argument) {
            nanoseconds = interval.start
        } else {
            return nil
        }
    }
}
