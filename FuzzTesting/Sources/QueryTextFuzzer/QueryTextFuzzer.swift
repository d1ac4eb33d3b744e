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

/// Any bytes: lexed, parsed, printed, parsed again, bound; an error is rendered. A trap or a broken promise is a finding.
@main
enum QueryTextFuzzer {
    private static let binder = Binder(catalog: FuzzCatalog())

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
        do throws(QueryError) {
            let statement = try Parser.parse(utf8: bytes)
            let printed = statement.text
            if printed.utf8.count <= QueryLimits.textBytesMax {
                let again = try Parser.parse(printed)
                precondition(again == statement, "printed text parses to another statement")
                precondition(again.text == printed, "printing is not stable")
            }
            switch try binder.bind(statement) {
            case .select(let select), .explain(let select, _):
                precondition(BoundTreeCheck.fault(select) == nil, "the bound tree is not what it should be")
            case .showTables, .showColumns: break
            }
        } catch {
            _ = QueryDiagnostic.render(error, in: String(decoding: bytes, as: UTF8.self))
            guard let span = error.span else { preconditionFailure("error without a place") }
            precondition(span.start >= 0 && span.start <= span.end && span.end <= bytes.count, "place outside the text")
            precondition(error.code != .bug)
        }
    }
}
