import Columnar
import TestSupport

extension QueryWriter {
    /// Anything: a column, or an expression so many deep.
    mutating func value(_ depth: Int) -> Typed {
        switch generator.int(0...9) {
        case 0...4: column()
        case 5: Typed(text: boolean(depth), type: .boolean)
        case 6: timestamp(depth)
        default: number(depth)
        }
    }

    mutating func column() -> Typed {
        guard !scope.columns.isEmpty else { return Typed(text: "1", type: .int64) }
        let column = generator.pick(scope.columns)
        return Typed(text: column.name, type: column.type)
    }

    private mutating func column(_ types: ColumnType...) -> Typed? {
        let columns = scope.columns.filter { types.contains($0.type) }
        if columns.isEmpty { return nil }
        let column = generator.pick(columns)
        return Typed(text: column.name, type: column.type)
    }

    private mutating func timestamp(_ depth: Int) -> Typed {
        guard let time = column(.timestamp) else { return number(depth) }
        switch generator.int(0...3) {
        case 0: return Typed(text: "\(time.text) + 1000000000", type: .timestamp)
        case 1: return Typed(text: "\(time.text) - \(integer(0))", type: .timestamp)
        case 2: return Typed(text: "\(time.text) - \(column(.timestamp)?.text ?? time.text)", type: .int64)
        default: return time
        }
    }

    // MARK: Numbers

    mutating func number(_ depth: Int) -> Typed {
        if depth == 0 || generator.oneIn(3) {
            if !generator.oneIn(4), let column = column(.float64, .int64) { return column }
            return generator.pick([
                Typed(text: "3", type: .int64), Typed(text: "0", type: .int64), Typed(text: "0.5", type: .float64),
                Typed(text: "-1", type: .int64), Typed(text: "2.25", type: .float64),
            ])
        }
        let left = number(depth - 1)
        switch generator.int(0...9) {
        case 0...5:
            let right = number(depth - 1)
            let symbol = generator.pick(["+", "-", "*", "/", "%", "+", "-", "*"])
            let isInteger = left.type == .int64 && right.type == .int64
            return Typed(text: "(\(left.text) \(symbol) \(right.text))", type: isInteger ? .int64 : .float64)
        case 6: return Typed(text: "abs(\(left.text))", type: left.type)
        case 7:
            let right = number(0)
            let isInteger = left.type == .int64 && right.type == .int64
            return Typed(text: "coalesce(\(left.text), \(right.text))", type: isInteger ? .int64 : .float64)
        case 8:
            let digits = generator.oneIn(2) ? "" : ", \(generator.int(-2...3))"
            return Typed(text: "round(\(left.text)\(digits))", type: left.type)
        default:
            if generator.oneIn(2) { return Typed(text: "-(\(left.text))", type: left.type) }
            let function = generator.pick(["floor", "ceil", "sqrt", "ln", "exp"])
            let keepsType = function == "floor" || function == "ceil"
            return Typed(text: "\(function)(\(left.text))", type: keepsType ? left.type : .float64)
        }
    }

    private mutating func integer(_ depth: Int) -> String {
        column(.int64)?.text ?? "\(generator.int(-3...5))"
    }

    // MARK: Conditions

    mutating func boolean(_ depth: Int) -> String {
        if depth > 0, generator.oneIn(3) {
            switch generator.int(0...2) {
            case 0: return "(\(boolean(depth - 1)) AND \(boolean(depth - 1)))"
            case 1: return "(\(boolean(depth - 1)) OR \(boolean(depth - 1)))"
            default: return "NOT (\(boolean(depth - 1)))"
            }
        }
        let symbol = generator.pick(["=", "!=", "<", "<=", ">", ">="])
        switch generator.int(0...9) {
        case 0: return "\(column().text) IS \(generator.oneIn(2) ? "NOT " : "")NULL"
        case 1:
            guard let text = column(.symbol, .string) else { break }
            return "\(text.text) \(symbol) \(column(.symbol, .string)?.text ?? "'a'")"
        case 2:
            guard let text = column(.symbol, .string) else { break }
            return "\(text.text) \(symbol) '\(generator.pick(["buy", "S1", "a", "é", ""]))'"
        case 3:
            guard let text = column(.symbol, .string) else { break }
            return "\(text.text) \(generator.pick(["IN", "NOT IN"])) ('buy', 'S0', '', 'é')"
        case 4:
            guard let flag = column(.boolean) else { break }
            return generator.pick([flag.text, "\(flag.text) = true", "\(flag.text) != false"])
        case 5:
            guard let price = column(.float64) else { break }
            return "\(price.text) \(symbol) \(generator.pick(["100", "99.5", "0.5", "-1", "1e300", "0"]))"
        case 6:
            guard let level = column(.int64) else { break }
            return generator.pick([
                "\(level.text) IN (1, 2, -3)", "\(level.text) BETWEEN -1 AND 2", "\(level.text) \(symbol) 1",
                "\(level.text) NOT IN (0, 7)",
            ])
        case 7:
            guard let time = column(.timestamp) else { break }
            return "\(time.text) \(symbol) \(column(.timestamp)?.text ?? time.text)"
        default: break
        }
        return "\(number(depth).text) \(symbol) \(number(depth).text)"
    }
}
