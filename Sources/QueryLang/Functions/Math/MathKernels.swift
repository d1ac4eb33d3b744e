import Columnar
import Glibc

extension ScalarKernel {
    /// Functions of numbers, and operators on bits.
    static func math(_ call: Call) -> ScalarKernel? {
        if let kernel = transcendental(call.function) { return kernel }
        let isInteger = call.types.first == .int64
        switch call.function {
        case .abs where isInteger: return ScalarKernel(.integer { $0 == .min ? nil : Swift.abs($0) }, of: [0])
        case .abs: return ScalarKernel(.double { $0.magnitude }, of: [0])
        case .sign where isInteger: return ScalarKernel(.integer { $0.signum() }, of: [0])
        case .sign: return ScalarKernel(.double { $0 > 0 ? 1 : $0 < 0 ? -1 : $0.isNaN ? $0 : 0 }, of: [0])
        case .floor, .ceil, .round, .trunc, .roundHalfEven, .roundUp, .roundDown: return rounding(call)
        case .mod where call.type == .int64:
            return ScalarKernel(.integers { $1 == 0 ? nil : $1 == -1 ? 0 : $0 % $1 }, of: [0, 1])
        case .mod: return ScalarKernel(.doubles { $0.truncatingRemainder(dividingBy: $1) }, of: [0, 1])
        case .isNaN: return ScalarKernel(.test { $0.isNaN }, of: [0])
        case .finite:
            return ScalarKernel(.rows { $0[0].number.map(\.isFinite) ?? false ? $0[0] : .null }, of: [0])
        case .isFinite: return ScalarKernel(.test { $0.isFinite }, of: [0])
        case .isInfinite: return ScalarKernel(.test { $0.isInfinite }, of: [0])
        case .bitAnd: return ScalarKernel(.integers { $0 & $1 }, of: [0, 1])
        case .bitOr: return ScalarKernel(.integers { $0 | $1 }, of: [0, 1])
        case .bitXor: return ScalarKernel(.integers { $0 ^ $1 }, of: [0, 1])
        case .bitNot: return ScalarKernel(.integer { ~$0 }, of: [0])
        case .shiftLeft: return ScalarKernel(.integers(shiftedLeft), of: [0, 1])
        case .shiftRight: return ScalarKernel(.integers { $1 < 0 || $1 > 63 ? nil : $0 >> $1 }, of: [0, 1])
        default: return nil
        }
    }

    /// Nil if bits of the value are lost, or the count makes no sense.
    private static func shiftedLeft(_ value: Int64, _ count: Int64) -> Int64? {
        guard count >= 0, count < 64 else { return nil }
        let shifted = value << count
        return shifted >> count == value ? shifted : nil
    }

    private static func transcendental(_ function: ScalarFunction) -> ScalarKernel? {
        let loop: Loop
        switch function {
        case .sqrt: loop = .double { $0.squareRoot() }
        case .cbrt: loop = .double(cubeRoot)
        case .exp: loop = .double { Glibc.exp($0) }
        case .ln: loop = .double { Glibc.log($0) }
        case .log, .log10: loop = .double { Glibc.log10($0) }
        case .log2: loop = .double { Glibc.log2($0) }
        case .sin: loop = .double { Glibc.sin($0) }
        case .cos: loop = .double { Glibc.cos($0) }
        case .tan: loop = .double { Glibc.tan($0) }
        case .cot: loop = .double { 1 / Glibc.tan($0) }
        case .asin: loop = .double { Glibc.asin($0) }
        case .acos: loop = .double { Glibc.acos($0) }
        case .atan: loop = .double { Glibc.atan($0) }
        case .sinh: loop = .double { Glibc.sinh($0) }
        case .cosh: loop = .double { Glibc.cosh($0) }
        case .tanh: loop = .double { Glibc.tanh($0) }
        case .degrees: loop = .double { $0 * (180 / Double.pi) }
        case .radians: loop = .double { $0 * (Double.pi / 180) }
        case .pow: return ScalarKernel(.doubles { Glibc.pow($0, $1) }, of: [0, 1])
        case .atan2: return ScalarKernel(.doubles { Glibc.atan2($0, $1) }, of: [0, 1])
        case .pi: return ScalarKernel(.rows { _ in .float64(.pi) }, of: [])
        default: return nil
        }
        return ScalarKernel(loop, of: [0])
    }

    /// The C library's root, and a step of Newton's that makes those of cubes exact.
    @Sendable
    private static func cubeRoot(_ x: Double) -> Double {
        let root = Glibc.cbrt(x)
        let cube = root * root * root
        guard cube.isFinite, root.magnitude > 1e-100 else { return root }
        return root - (cube - x) / (3 * root * root)
    }

    /// Rounding of one number, to whole ones or to a number of decimals.
    private static func rounding(_ call: Call) -> ScalarKernel? {
        let rule: FloatingPointRoundingRule =
            switch call.function {
            case .floor: .down
            case .ceil: .up
            case .trunc, .roundDown: .towardZero
            case .roundUp: .awayFromZero
            case .roundHalfEven: .toNearestOrEven
            default: .toNearestOrAwayFromZero
            }
        let hasDigits = call.count > 1
        if call.types.first == .int64 {
            guard hasDigits else { return ScalarKernel(.integer { $0 }, of: [0]) }
            return ScalarKernel(.integers { Rounding.round($0, digits: $1, rule) }, of: [0, 1])
        }
        guard hasDigits else { return ScalarKernel(.double { $0.rounded(rule) }, of: [0]) }
        return ScalarKernel(.doubles { Rounding.round($0, digits: $1, rule) }, of: [0, 1])
    }

    /// Functions that choose among their arguments.
    static func choice(_ call: Call) -> ScalarKernel? {
        let all = Array(0..<call.count)
        switch call.function {
        case .greatest: return ScalarKernel(.rows { extreme($0, wanted: 1) }, of: all, isStrict: false)
        case .least: return ScalarKernel(.rows { extreme($0, wanted: -1) }, of: all, isStrict: false)
        case .nullif:
            return ScalarKernel(.rows { isEqual($0[0], $0[1]) == true ? .null : $0[0] }, of: all, isStrict: false)
        case .isDistinct:
            return ScalarKernel(
                .rows {
                    .boolean($0[0].isNull || $0[1].isNull ? $0[0].isNull != $0[1].isNull : $0[0].order($0[1]) != 0)
                },
                of: all,
                isStrict: false
            )
        case .betweenSymmetric:
            return ScalarKernel(
                .rows { values in
                    let inside = isWithin(values[0], values[1], values[2])
                    let mirrored = isWithin(values[0], values[2], values[1])
                    if inside == true || mirrored == true { return .boolean(true) }
                    return inside == nil || mirrored == nil ? .null : .boolean(false)
                },
                of: all,
                isStrict: false
            )
        case .coalesce:
            return ScalarKernel(.rows { $0.first { !$0.isNull } ?? .null }, of: all, isStrict: false)
        case .caseWhen:
            return ScalarKernel(.rows(branch), of: all, isStrict: false)
        default: return nil
        }
    }

    /// `=` of two values; nil with NULL. NaN equals nothing.
    private static func isEqual(_ left: Scalar, _ right: Scalar) -> Bool? {
        if let a = left.number, let b = right.number, a.isNaN || b.isNaN { return false }
        return left.order(right).map { $0 == 0 }
    }

    /// `value >= lower AND value <= upper`; nil if that is unknown. NaN is not within anything.
    private static func isWithin(_ value: Scalar, _ lower: Scalar, _ upper: Scalar) -> Bool? {
        let hasNaN = [value, lower, upper].contains { $0.number?.isNaN ?? false }
        let isAbove = value.order(lower).map { !hasNaN && $0 >= 0 }
        let isBelow = value.order(upper).map { !hasNaN && $0 <= 0 }
        if isAbove == false || isBelow == false { return false }
        return isAbove == nil || isBelow == nil ? nil : true
    }

    private static func extreme(_ values: [Scalar], wanted: Int) -> Scalar {
        var best = Scalar.null
        for value in values where !value.isNull {
            if best.isNull || value.order(best) == wanted { best = value }
        }
        return best
    }

    private static func branch(_ values: [Scalar]) -> Scalar {
        var index = 0
        while index + 1 < values.count {
            if values[index] == .boolean(true) { return values[index + 1] }
            index += 2
        }
        return values.last ?? .null
    }
}
