import Columnar

/// One row of one of several vectors.
struct RowPick {
    var source: UInt32
    var row: UInt32
}

/// Makes one vector of rows picked from several, column by column: the form is looked at once a source, not once a row.
enum Interleave {
    static func vector(_ sources: [Vector], _ picks: [RowPick], type: ColumnType) -> Vector {
        let form: Vector.Form =
            switch type {
            case .int64, .timestamp: .int64(values(sources.map(\.int64Values), picks))
            case .float64: numbers(sources, picks)
            case .boolean: .boolean(values(sources.map(\.booleanValues), picks))
            case .symbol: symbols(sources, picks)
            case .string: strings(sources, picks)
            }
        return Vector(type: type, form: form, validity: validity(sources, picks))
    }

    private static func values<Value>(_ sources: [Buffer<Value>], _ picks: [RowPick]) -> Buffer<Value> {
        let bases = sources.map(\.base)
        return withExtendedLifetime(sources) {
            .filled(count: picks.count) { target in
                bases.withUnsafeBufferPointer { bases in
                    for (index, pick) in picks.enumerated() {
                        target[index] = bases[Int(pick.source)][Int(pick.row)]
                    }
                }
            }
        }
    }

    private static func numbers(_ sources: [Vector], _ picks: [RowPick]) -> Vector.Form {
        var mantissas: [Buffer<Int64>] = []
        var scale: Int?
        for source in sources {
            guard case .scaledInteger(let values, let own) = source.form, own == scale ?? own else { break }
            scale = own
            mantissas.append(values)
        }
        if let scale, mantissas.count == sources.count { return .scaledInteger(values(mantissas, picks), scale: scale) }
        return .float64(values(sources.map(\.float64Values), picks))
    }

    private static func symbols(_ sources: [Vector], _ picks: [RowPick]) -> Vector.Form {
        var shared: [Buffer<UInt32>] = []
        var dictionary: StringDictionary?
        for source in sources {
            guard case .dictionary(let codes, let own) = source.form, own === dictionary ?? own else { break }
            dictionary = own
            shared.append(codes)
        }
        if let dictionary, shared.count == sources.count { return .dictionary(values(shared, picks), dictionary) }
        var interner = TextInterner()
        let codes = sources.map { source -> Buffer<UInt32> in
            switch source.form {
            case .constant(let value, let count):
                let id = interner.id(of: value.text ?? "")
                return .filled(count: count) { $0.initialize(repeating: id, count: count) }
            case .dictionary(let codes, let dictionary):
                let ids = codes.withUnsafeBufferPointer {
                    interner.ids(of: $0, in: dictionary, validity: source.validity)
                }
                return .filled(count: ids.count) { target in
                    for row in 0..<ids.count { target[row] = UInt32(truncatingIfNeeded: ids[row]) }
                }
            default:
                return Buffer((0..<source.count).map { interner.id(of: source.scalar(at: $0).text ?? "") })
            }
        }
        return .dictionary(values(codes, picks), StringDictionary(interner.texts.isEmpty ? [""] : interner.texts))
    }

    private static func strings(_ sources: [Vector], _ picks: [RowPick]) -> Vector.Form {
        let builder = VectorBuilder(.string)
        for pick in picks { builder.append(sources[Int(pick.source)], Int(pick.row)..<Int(pick.row) + 1) }
        return builder.take().form
    }

    private static func validity(_ sources: [Vector], _ picks: [RowPick]) -> Validity? {
        guard sources.contains(where: { $0.validity != nil || $0.isNull }) else { return nil }
        return .filled(count: picks.count) { index in
            let source = sources[Int(picks[index].source)]
            return !source.isNull && (source.validity.map { $0[Int(picks[index].row)] } ?? true)
        }
    }
}
