import Columnar
import QueryLang

/// Left rows of a range with the rows of one right batch that they match.
struct AsofMatch {
    let right: RowBatch
    let range: Range<Int>
    let rows: Buffer<UInt32>
    /// False where the right row is too old; nil if none is.
    let isNear: Validity?
}

/// The right rows that the rows of a left batch match.
struct AsofMatches: AddedColumns {
    let types: [ColumnType]
    /// Their ranges follow one another up to the last left row; rows before the first match none.
    private let matches: [AsofMatch]
    private let rowCount: Int
    /// Whether decimals become doubles: which of both they would be may depend on what rows came together.
    private let hasPlainDoubles: Bool

    init(_ matches: [AsofMatch], types: [ColumnType], rowCount: Int, hasPlainDoubles: Bool) {
        self.hasPlainDoubles = hasPlainDoubles
        self.matches = matches
        self.types = types
        self.rowCount = rowCount
    }

    func isNeeded(_ column: Int) -> Bool { matches.first?.right.source.isNeeded(column) ?? true }

    func vector(_ column: Int) throws(QueryError) -> Vector {
        let type = types[column]
        guard let first = matches.first?.range.lowerBound else { return .nulls(type, count: rowCount) }
        var parts: [Vector] = []
        for match in matches { parts.append(try match.right.column(column)) }
        if !hasPlainDoubles, let decimals = decimals(parts, from: first) { return decimals }
        let builder = VectorBuilder(type)
        if first > 0 { builder.append(.null, count: first) }
        for (match, part) in zip(matches, parts) {
            let values = match.rows.withUnsafeBufferPointer { part.gather($0) }.nulled(except: match.isNear)
            builder.append(values, 0..<values.count)
        }
        return hasPlainDoubles ? builder.take().withPlainDoubles : builder.take()
    }

    /// The commonest case without a builder: decimals of one scale and no nulls among them.
    private func decimals(_ parts: [Vector], from first: Int) -> Vector? {
        var scale: Int?
        for part in parts {
            guard case .scaledInteger(_, let own) = part.form, own == scale ?? own, part.validity == nil else {
                return nil
            }
            scale = own
        }
        guard let scale, matches.allSatisfy({ $0.isNear == nil }) else { return nil }
        let values = Buffer<Int64>.filled(count: rowCount) { target in
            target.initialize(repeating: 0, count: first)
            for (match, part) in zip(matches, parts) {
                guard case .scaledInteger(let mantissas, _) = part.form else { continue }
                let source = mantissas.base
                let rows = match.rows.base
                let out = target + match.range.lowerBound
                for row in 0..<match.range.count { out[row] = source[Int(rows[row])] }
            }
        }
        let validity = first == 0 ? nil : Validity.filled(count: rowCount) { $0 >= first }
        return Vector(type: .float64, form: .scaledInteger(values, scale: scale), validity: validity)
    }
}
