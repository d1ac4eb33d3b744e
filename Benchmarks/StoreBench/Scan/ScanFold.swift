import Columnar

/// Folds slices into sum and maximum, in whatever form their vectors have.
struct ScanFold {
    private let isFiltered: Bool
    private let sumColumn: Int
    private let maxColumn: Int
    private let sideColumn: Int
    private var rows = 0
    /// Sums of mantissas by scale: exact, the same in any order.
    private var mantissas = [Int64](repeating: 0, count: ScaledInteger.scaleMax + 1)
    private var sum = 0.0
    private var largest = -Double.infinity
    private var side = SideCode()

    init(_ query: ScanQuery) {
        isFiltered = query.isFiltered
        sumColumn = query.table.index(query.sumColumn)
        maxColumn = query.table.index(query.maxColumn)
        sideColumn = query.isFiltered ? query.table.index("side") : -1
    }

    /// What was found.
    var answer: ScanAnswer {
        var total = sum
        for (scale, mantissa) in mantissas.enumerated() { total += Double(mantissa) / ScaledInteger.powersOfTen[scale] }
        return ScanAnswer(rows: rows, sum: total, max: largest)
    }

    /// Adds what another found.
    mutating func merge(_ other: ScanFold) {
        rows += other.rows
        for scale in mantissas.indices { mantissas[scale] &+= other.mantissas[scale] }
        sum += other.sum
        largest = max(largest, other.largest)
    }

    /// Adds a slice.
    mutating func add(_ slice: any SeriesSlice) throws(TableError) {
        let compared = try slice.vector(column: maxColumn)
        let summed = try slice.vector(column: sumColumn)
        guard isFiltered else { return add(compared, summed) }
        let codes = try slice.vector(column: sideColumn)
        switch codes.form {
        case .dictionary(let codes, let dictionary): add(compared, summed, codes, side.code(in: dictionary))
        case .constant(.text("buy"), let count):
            add(compared, summed, Buffer([UInt32](repeating: 0, count: count)), 0)
        default: break
        }
    }

    private mutating func add(_ compared: Vector, _ summed: Vector) {
        rows += summed.count
        switch summed.form {
        case .scaledInteger(let values, let scale):
            mantissas[scale] &+= ScanKernel.sum(values.base, values.count)
        default:
            let values = Self.doubles(summed)
            sum += ScanKernel.sum(values.base, values.count)
        }
        switch compared.form {
        case .scaledInteger(let values, let scale):
            largest = max(largest, ScaledInteger.double(ScanKernel.max(values.base, values.count), scale: scale))
        default:
            let values = Self.doubles(compared)
            largest = max(largest, ScanKernel.max(values.base, values.count))
        }
    }

    private mutating func add(_ compared: Vector, _ summed: Vector, _ codes: Buffer<UInt32>, _ code: UInt32) {
        if case .scaledInteger(let prices, let scale) = compared.form,
            case .scaledInteger(let sizes, let sizeScale) = summed.form
        {
            let found = ScanKernel.filtered(
                prices.base,
                sizes.base,
                codes.base,
                codes.count,
                above: Int64(ScanQuery.limit * ScaledInteger.powersOfTen[scale]),
                code: code
            )
            rows += found.rows
            mantissas[sizeScale] &+= found.sum
            if found.rows > 0 { largest = max(largest, ScaledInteger.double(found.max, scale: scale)) }
        } else {
            let prices = Self.doubles(compared)
            let sizes = Self.doubles(summed)
            let limit = ScanQuery.limit
            let found = ScanKernel.filtered(prices.base, sizes.base, codes.base, codes.count, above: limit, code: code)
            rows += found.rows
            sum += found.sum
            if found.rows > 0 { largest = max(largest, found.max) }
        }
    }

    /// Numbers as doubles, as they are or copied: for forms that are rare here.
    private static func doubles(_ vector: Vector) -> Buffer<Double> {
        if case .float64(let values) = vector.form { return values }
        return Buffer(
            (0..<vector.count).map { row in
                guard case .float64(let value) = vector.scalar(at: row) else { return 0 }
                return value
            }
        )
    }
}

/// The code of 'buy', looked up once a dictionary.
private struct SideCode {
    private var dictionary: StringDictionary?
    private var code: UInt32 = 0

    mutating func code(in dictionary: StringDictionary) -> UInt32 {
        if self.dictionary !== dictionary {
            self.dictionary = dictionary
            code = dictionary.code(of: "buy") ?? .max
        }
        return code
    }
}
