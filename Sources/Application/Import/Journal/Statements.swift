import Documents
import Engine
import QueryLang

/// Runs short statements where buckets are: in a data directory, or at a gateway.
protocol Statements {
    /// The rows of an answer.
    func rows(of statement: String) throws(CommandError.Failure) -> [[AnswerValue]]
}

extension Statements {
    /// The rows in the bytes of an answer in MessagePack.
    static func rows(in bytes: some Sequence<UInt8>) throws(CommandError.Failure) -> [[AnswerValue]] {
        var decoder = AnswerDecoder()
        decoder.feed(bytes)
        var rows: [[AnswerValue]] = []
        while true {
            let part: AnswerPart?
            do {
                part = try decoder.next()
            } catch {
                throw CommandError.Failure("the answer cannot be read: \(error.message)")
            }
            switch part {
            case .columns: continue
            case .row(let row): rows.append(row)
            case .end: return rows
            case .failure(let message): throw CommandError.Failure(message)
            case nil: throw CommandError.Failure("the answer broke off before its end")
            }
        }
    }
}

/// Statements over a store that this process has open.
struct EngineStatements: Statements {
    let engine: QueryEngine

    func rows(of statement: String) throws(CommandError.Failure) -> [[AnswerValue]] {
        var bytes: [UInt8] = []
        do throws(QueryError) {
            let prepared = try engine.prepare(statement)
            let stream = try engine.execute(prepared, limits: ExecutionLimits())
            var writer = ResultWriter(format: .msgpack, columns: prepared.columns)
            writer.begin(into: &bytes)
            while let batch = try stream.next() { writer.write(batch, into: &bytes) }
            writer.end(stream.statistics, into: &bytes)
        } catch {
            throw CommandError.Failure(error.message)
        }
        return try Self.rows(in: bytes)
    }
}
