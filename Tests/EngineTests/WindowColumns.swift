import Columnar
import Market
import QueryLang
import TestSupport

@testable import Engine

/// One value of a column and the form that it lies in.
enum WindowCell: Equatable {
    case null
    case decimal(Int64, scale: Int)
    case double(Double)
    case integer(Int64)
    case timestamp(Int64)
    case symbol(String, dictionary: Int)
    case text(String)
    case truth(Bool)

    /// Cells of one tag fit in one vector. A null fits anywhere.
    var tag: Int? {
        switch self {
        case .null: nil
        case .decimal(_, let scale): 100 + scale
        case .double: 1
        case .integer: 2
        case .timestamp: 3
        case .symbol(_, let dictionary): 200 + dictionary
        case .text: 4
        case .truth: 5
        }
    }

    var type: ColumnType? {
        switch self {
        case .null: nil
        case .decimal, .double: .float64
        case .integer: .int64
        case .timestamp: .timestamp
        case .symbol: .symbol
        case .text: .string
        case .truth: .boolean
        }
    }

    /// The value that SQL sees.
    var scalar: Scalar {
        switch self {
        case .null: .null
        case .decimal(let mantissa, let scale): .float64(ScaledInteger.double(mantissa, scale: scale))
        case .double(let value): .float64(value)
        case .integer(let value): .int64(value)
        case .timestamp(let value): .timestamp(value)
        case .symbol(let text, _), .text(let text): .text(text)
        case .truth(let value): .boolean(value)
        }
    }
}

/// A column of cells, of which any run with one tag can be had as a vector.
struct WindowColumn {
    let type: ColumnType
    let cells: [WindowCell]

    /// Dictionaries that symbols are coded with: the same texts under different codes.
    static let dictionaries = [
        StringDictionary(["b", "a", "d", "c"]), StringDictionary(["a", "b", "c", "d", "e"]),
    ]

    /// Whether all cells of a range fit in one vector.
    func fits(_ range: Range<Int>) -> Bool { Set(cells[range].compactMap(\.tag)).count <= 1 }

    /// The cells as a vector; `seed` chooses among the forms that can hold them.
    func vector(_ range: Range<Int>, seed: UInt64) -> Vector {
        var generator = SeededGenerator(seed: seed)
        let cells = self.cells[range]
        guard let sample = cells.first(where: { $0 != .null }) else {
            if generator.oneIn(2) { return .nulls(type, count: cells.count) }
            return Vector(
                type: type,
                form: form(cells, type == .float64 ? .double(0) : sampleOfType),
                validity: Validity(cells.map { _ in false })
            )
        }
        let hasNulls = cells.contains(.null)
        if !hasNulls, Set(cells.map(\.scalar)).count == 1, generator.oneIn(2) {
            // Decimals have no constant form that is exact.
            guard case .decimal = sample else {
                return Vector(type: type, form: .constant(sample.scalar, count: cells.count))
            }
        }
        if !hasNulls, let sequence = sequence(cells), generator.oneIn(2) { return Vector(type: type, form: sequence) }
        let validity = hasNulls || generator.oneIn(8) ? Validity(cells.map { $0 != .null }) : nil
        return Vector(type: type, form: form(cells, sample), validity: validity)
    }

    private var sampleOfType: WindowCell {
        switch type {
        case .boolean: .truth(false)
        case .int64: .integer(0)
        case .float64: .double(0)
        case .timestamp: .timestamp(0)
        case .symbol: .symbol("a", dictionary: 0)
        case .string: .text("")
        }
    }

    private func sequence(_ cells: ArraySlice<WindowCell>) -> Vector.Form? {
        let values = cells.compactMap { cell -> Int64? in
            switch cell {
            case .integer(let value), .timestamp(let value): value
            default: nil
            }
        }
        guard values.count == cells.count, values.count > 1 else { return nil }
        let (step, overflow) = values[1].subtractingReportingOverflow(values[0])
        guard !overflow else { return nil }
        for index in 1..<values.count where values[index] &- values[index - 1] != step { return nil }
        return .sequence(start: values[0], step: step, count: values.count)
    }

    /// Where there is no value lies something that would be noticed.
    private func form(_ cells: ArraySlice<WindowCell>, _ sample: WindowCell) -> Vector.Form {
        switch sample {
        case .decimal(_, let scale):
            return .scaledInteger(
                Buffer(cells.map { if case .decimal(let m, _) = $0 { m } else { .max } }),
                scale: scale
            )
        case .double: return .float64(Buffer(cells.map { if case .double(let value) = $0 { value } else { .nan } }))
        case .integer, .timestamp:
            return .int64(
                Buffer(
                    cells.map { cell in
                        switch cell {
                        case .integer(let value), .timestamp(let value): value
                        default: .min
                        }
                    }
                )
            )
        case .symbol(_, let number):
            let dictionary = Self.dictionaries[number]
            return .dictionary(
                Buffer(cells.map { if case .symbol(let t, _) = $0 { dictionary.code(of: t) ?? 0 } else { .max } }),
                dictionary
            )
        case .text: return Vector.strings(cells.map { if case .text(let text) = $0 { text } else { "?" } }).form
        case .truth: return .boolean(Buffer(cells.map { $0 == .truth(true) ? 1 : 0 }))
        case .null: return .constant(.null, count: cells.count)
        }
    }

    /// One row of its own.
    func row(_ index: Int) -> Vector { vector(index..<index + 1, seed: 1) }
}

/// What columns are made of.
enum WindowColumnKind: CaseIterable {
    case decimals
    case decimalsOfScales
    case hugeDecimals
    case extremeDecimals
    case doubles
    case wildDoubles
    case specialDoubles
    case mixedNumbers
    case integers
    case hugeIntegers
    case timestamps
    case symbols
    case texts
    case truths

    var type: ColumnType {
        switch self {
        case .decimals, .decimalsOfScales, .hugeDecimals, .extremeDecimals, .doubles, .wildDoubles, .specialDoubles,
            .mixedNumbers:
            .float64
        case .integers, .hugeIntegers: .int64
        case .timestamps: .timestamp
        case .symbols: .symbol
        case .texts: .string
        case .truths: .boolean
        }
    }

    func column(_ count: Int, _ generator: inout SeededGenerator) -> WindowColumn {
        let nullsIn = generator.pick([0, 0, 3, 20])
        var regime = 0
        var cells: [WindowCell] = []
        for _ in 0..<count {
            if generator.oneIn(15) { regime = generator.int(0...5) }
            let isNull = nullsIn > 0 && generator.oneIn(UInt64(nullsIn))
            cells.append(isNull ? .null : cell(regime, &generator))
        }
        return WindowColumn(type: type, cells: cells)
    }

    private func cell(_ regime: Int, _ generator: inout SeededGenerator) -> WindowCell {
        switch self {
        case .decimals: return .decimal(Int64(generator.int(-5000...900_000)), scale: 2)
        case .decimalsOfScales:
            let magnitude = generator.pick([1000, 1_000_000_000_000])
            return .decimal(Int64(generator.int(-magnitude...magnitude)), scale: regime * 3)
        case .hugeDecimals:
            return .decimal(
                Int64(bitPattern: generator.next()) >> Int64(generator.pick([0, 2, 20])),
                scale: [0, 8, 11][regime % 3]
            )
        case .extremeDecimals:
            return .decimal(Int64(bitPattern: generator.next()) >> Int64(regime * 10), scale: [0, 19, 22][regime % 3])
        case .doubles: return .double(Double(generator.int(-1_000_000...1_000_000)) / 7)
        case .wildDoubles:
            return .double(Double(generator.int(-1000...1000)) * generator.pick([1e-300, 1e-9, 1, 1e15, 1e250]))
        case .specialDoubles:
            return .double(generator.oneIn(9) ? generator.pick([.nan, .infinity, -.infinity, -0.0, 0]) : 1.5)
        case .mixedNumbers:
            let value = generator.int(-10_000...10_000)
            return regime % 2 == 0 ? .decimal(Int64(value), scale: 2 + regime) : .double(Double(value) / 3)
        case .integers: return .integer(Int64(generator.int(-100...100)))
        case .hugeIntegers: return .integer(Int64(bitPattern: generator.next()))
        case .timestamps: return .timestamp(Int64(generator.int(0...1_000_000)))
        case .symbols: return .symbol(generator.pick(["a", "b", "c", "d"]), dictionary: regime % 2)
        case .texts: return .text(generator.pick(["", "a", "ab", "é", "zz"]))
        case .truths: return .truth(generator.oneIn(2))
        }
    }
}
