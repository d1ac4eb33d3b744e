import Columnar
import Testing

@Suite struct TableSchemaTests {
    private let columns = [Column("time", .timestamp), Column("symbol", .symbol), Column("Price", .float64)]

    @Test func schemaFindsItsColumns() throws {
        let schema = try #require(TableSchema(name: "t", kind: .event, columns: columns))
        #expect(schema.timeColumn == 0 && schema.seriesColumn == 1)
        #expect(schema.index(of: "price") == 2 && schema.index(of: "Price") == 2 && schema.index(of: "x") == nil)
        let unkeyed = try #require(TableSchema(name: "t", kind: .event, columns: columns, series: nil))
        #expect(unkeyed.seriesColumn == nil)
    }

    @Test func impossibleSchemaIsRefused() {
        #expect(TableSchema(name: "t", kind: .event, columns: columns + [Column("PRICE", .int64)]) == nil)
        #expect(TableSchema(name: "t", kind: .event, columns: columns, time: "Price") == nil)
        #expect(TableSchema(name: "t", kind: .event, columns: columns, time: "x") == nil)
        #expect(TableSchema(name: "t", kind: .event, columns: columns, series: "Price") == nil)
        #expect(TableSchema(name: "t", kind: .event, columns: []) == nil)
    }

    @Test func aDeclaredTypeSaysWhichValuesAColumnHas() {
        #expect(Column("x", declared: .int).type == .int64)
        #expect(Column("x", declared: .int) != Column("x", declared: .long))
        #expect(Column("x", .int64).declared == nil)
        for type in DeclaredType.allCases {
            #expect(DeclaredType(name: type.name.lowercased()) == type)
            #expect(type.rawValue < 32, "five bits are left of a column's type byte")
        }
        for type in ColumnType.allCases { #expect(DeclaredType(type).columnType == type) }
        #expect(DeclaredType(name: "Integer") == .int && DeclaredType(name: "decimal") == nil)
    }
}
