import CLibFuzzer
import Columnar
import Glibc
import QueryLang

/// Two tables with a column of every type between them.
private struct FuzzCatalog: CatalogReader {
    let tables: [TableSchema]

    init() {
        let columns = [
            Column("time", .timestamp), Column("symbol", .symbol), Column("price", .float64), Column("id", .int64),
            Column("is_maker", .boolean), Column("note", .string),
        ]
        let quotes = [
            Column("time", .timestamp), Column("symbol", .symbol), Column("bid", .float64), Column("id", .int64),
        ]
        self.tables = [
            TableSchema(name: "trades", kind: .event, columns: columns),
            TableSchema(name: "quotes", kind: .event, columns: quotes),
        ].compactMap { $0 }
    }

    func schema(named name: String) -> TableSchema? { tables.first { $0.name == name } }
}

/// Any bytes: lexed, parsed, printed, parsed again, bound in every dialect; an error is rendered. A trap or a broken promise is a finding.
@main
enum QueryTextFuzzer {
    private static let binders = QueryDialect.allCases.map { Binder(catalog: FuzzCatalog(), dialect: $0) }

    static func main() {
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        exit(
            LLVMFuzzerRunDriver(&count, &arguments) { start, count in
                QueryTextFuzzer.check(Array(UnsafeBufferPointer(start: start, count: count)))
                return 0
            }
        )
    }

    private static func check(_ bytes: [UInt8]) {
        let statement: Statement
        do throws(QueryError) {
            statement = try Parser.parse(utf8: bytes)
            let printed = statement.text
            if printed.utf8.count <= QueryLimits.textBytesMax {
                let again = try Parser.parse(printed)
                precondition(again == statement, "printed text parses to another statement")
                precondition(again.text == printed, "printing is not stable")
            }
        } catch {
            return check(error, bytes)
        }
        for binder in binders { bind(statement, binder, bytes) }
    }

    private static func bind(_ statement: Statement, _ binder: Binder, _ bytes: [UInt8]) {
        do throws(QueryError) {
            switch try binder.bind(statement) {
            case .select(let select), .explain(let select, _):
                precondition(BoundTreeCheck.fault(select) == nil, "the bound tree is not what it should be")
            case .command(.insert(let insert)):
                guard case .query(let select) = insert.content else { break }
                precondition(BoundTreeCheck.fault(select) == nil, "the bound tree is not what it should be")
            case .showTables, .showColumns, .show, .command: break
            }
        } catch {
            check(error, bytes)
        }
    }

    /// Every error, further ones too, has a place in the text and is no fault of ours.
    private static func check(_ error: QueryError, _ bytes: [UInt8]) {
        _ = QueryDiagnostic.render(error, in: String(decoding: bytes, as: UTF8.self))
        for error in error.all {
            guard let span = error.span else { preconditionFailure("error without a place") }
            precondition(span.start >= 0 && span.start <= span.end && span.end <= bytes.count, "place outside the text")
            precondition(error.code != .bug)
        }
    }
}
