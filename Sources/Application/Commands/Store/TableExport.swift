import Columnar
import Engine
import QueryLang

/// Writes the rows of a table as text, a batch at a time: memory does not grow with the table.
struct TableExport {
    /// Bytes of text that are written at once; large enough that a system call does not count.
    private static let pieceBytes = 1 << 20

    let engine: QueryEngine
    let format: ResultFormat
    /// The times of the rows.
    let time: TimeRange

    /// Writes a table; returns the number of its rows.
    ///
    /// NDJSON has no line that ends it, as an answer to a query does: every line of the file is a row.
    func write(_ table: TableSchema, to file: ExportFile) throws -> Int {
        let statement = statement(table)
        var rowCount = 0
        var bytes: [UInt8] = []
        do {
            let prepared = try engine.prepare(statement)
            let stream = try engine.execute(prepared, limits: Self.limits)
            var writer = ResultWriter(format: format, columns: prepared.columns)
            writer.begin(into: &bytes)
            while let batch = try stream.next() {
                writer.write(batch, into: &bytes)
                rowCount += batch.rowCount
                guard bytes.count >= Self.pieceBytes else { continue }
                try file.write(bytes)
                bytes.removeAll(keepingCapacity: true)
            }
        } catch let error as QueryError {
            throw CommandError.Failure(QueryDiagnostic.render(error, in: statement))
        }
        try file.write(bytes)
        return rowCount
    }

    /// A table takes as long as it takes.
    private static var limits: ExecutionLimits { ExecutionLimits(timeoutNanoseconds: nil) }

    private func statement(_ table: TableSchema) -> String {
        var text = "SELECT * FROM \(Self.quoted(table.name))"
        let column = Self.quoted(table.columns[table.timeColumn].name)
        var conditions: [String] = []
        // Without a timestamp rows are of no time, and all belong to it.
        guard table.hasDesignatedTimestamp else { return text }
        if time.start != .min { conditions.append("\(column) >= '\(CivilTime.text(time.start))'") }
        if time.end != .max { conditions.append("\(column) < '\(CivilTime.text(time.end))'") }
        if !conditions.isEmpty { text += " WHERE " + conditions.joined(separator: " AND ") }
        return text
    }

    private static func quoted(_ name: String) -> String { "\"\(name.replacing("\"", with: "\"\""))\"" }
}
