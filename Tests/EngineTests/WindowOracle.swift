import Columnar
import Market
import QueryLang

@testable import Engine

/// What a value must be.
enum WindowExpectation {
    /// Exactly this, bit for bit.
    case exactly(Scalar)
    /// A double within a distance.
    case near(Double, within: Double)
    /// An error.
    case failure
    /// Whatever rounding makes of it.
    case open

    func allows(_ value: Scalar) -> Bool {
        switch self {
        case .failure: return false
        case .open: return true
        case .exactly(let expected): return WindowOracle.isSame(value, expected)
        case .near(let expected, let distance):
            guard case .float64(let double) = value else { return false }
            if !expected.isFinite || !double.isFinite { return WindowOracle.isSame(value, .float64(expected)) }
            return abs(double - expected) <= distance
        }
    }
}

/// Windows by their definition: for each row, the rows of its frame are looked for among all and folded one by one.
struct WindowOracle {
    let columns: [WindowColumn]
    /// Places of the rows on the axis; nil for those without one, which come last.
    let axis: [Int64?]
    private let groups: [Int]

    init(columns: [WindowColumn], axis: [Int64?]) {
        self.columns = columns
        self.axis = axis
        var groups: [Int] = []
        for row in axis.indices {
            groups.append(row > 0 && axis[row] == axis[row - 1] ? groups[row - 1] : (groups.last ?? 0) + 1)
        }
        self.groups = groups
    }

    var count: Int { axis.count }

    static func isSame(_ left: Scalar, _ right: Scalar) -> Bool {
        if case .float64(let a) = left, case .float64(let b) = right {
            return a.bitPattern == b.bitPattern || (a.isNaN && b.isNaN)
        }
        return left == right
    }

    /// The rows of a frame.
    func rows(of frame: WindowFrame, _ row: Int) -> [Int] {
        if frame.isEmpty { return [] }
        let all = (0..<count).filter { isAfterStart($0, frame, row) && isBeforeEnd($0, frame, row) }
        switch frame.exclusion {
        case .noOthers: return all
        case .currentRow: return all.filter { $0 != row }
        case .group: return all.filter { axis[$0] != axis[row] }
        case .ties: return all.filter { $0 == row || axis[$0] != axis[row] }
        }
    }

    /// The number of the group of rows at one place.
    private func group(_ row: Int) -> Int { groups[row] }

    private func isAfterStart(_ other: Int, _ frame: WindowFrame, _ row: Int) -> Bool {
        switch frame.start {
        case .unboundedPreceding: return true
        case .unboundedFollowing: return false
        case .preceding, .currentRow, .following:
            let distance = Int128(WindowFrame.distance(frame.start) ?? 0)
            if frame.unit == .rows { return Int128(other - row) >= distance }
            if frame.unit == .groups { return Int128(group(other) - group(row)) >= distance }
            guard let own = axis[row] else { return axis[other] == nil }
            return axis[other].map { Int128($0) >= Int128(own) + distance } ?? true
        }
    }

    private func isBeforeEnd(_ other: Int, _ frame: WindowFrame, _ row: Int) -> Bool {
        switch frame.end {
        case .unboundedFollowing: return true
        case .unboundedPreceding: return false
        case .preceding, .currentRow, .following:
            if frame.endsWithRow, frame.end == .currentRow { return other <= row }
            let distance = Int128(WindowFrame.distance(frame.end) ?? 0)
            if frame.unit == .rows { return Int128(other - row) <= distance }
            if frame.unit == .groups { return Int128(group(other) - group(row)) <= distance }
            guard let own = axis[row] else { return true }
            return axis[other].map { Int128($0) <= Int128(own) + distance } ?? false
        }
    }

    /// The value of a call, whose arguments are columns, in a row.
    func value(_ call: WindowCall, _ arguments: [Int], _ row: Int) -> WindowExpectation {
        let x = arguments.first.map { columns[$0] }
        switch call.function {
        case .rowNumber: return .exactly(.int64(Int64(row + 1)))
        case .rank: return .exactly(.int64(Int64(peers(call, row)[0] + 1)))
        case .denseRank: return .exactly(.int64(Int64(call.order.isEmpty ? 1 : group(row))))
        case .percentRank: return .exactly(.float64(Double(peers(call, row)[0]) / Double(max(count - 1, 1))))
        case .cumulativeDistribution:
            return .exactly(.float64(Double((peers(call, row).last ?? 0) + 1) / Double(count)))
        case .tile(let parts):
            let sizes = (0..<parts).map { count / parts + ($0 < count % parts ? 1 : 0) }
            let part = (0..<parts).first { sizes[0...$0].reduce(0, +) > row } ?? 0
            return .exactly(.int64(Int64(part + 1)))
        case .firstValue: return picked(arguments, rows(of: call.frame, row).first)
        case .lastValue: return picked(arguments, rows(of: call.frame, row).last)
        case .nthValue(let number): return picked(arguments, rows(of: call.frame, row).dropFirst(number - 1).first)
        case .nthPresentValue(let number):
            let present = rows(of: call.frame, row).filter { x?.cells[$0] != .null }
            return picked(arguments, present.dropFirst(number - 1).first)
        case .presentLag(let offset), .presentLead(let offset):
            if offset == 0 { return picked(arguments, row) }
            let isLag = if case .presentLag = call.function { true } else { false }
            let others = isLag ? Array((0..<row).reversed()) : Array(row + 1..<count)
            let place = others.filter { x?.cells[$0] != .null }.dropFirst(offset - 1).first
            if place != nil { return picked(arguments, place) }
            return .exactly(arguments.count > 1 ? columns[arguments[1]].cells[row].scalar : .null)
        case .lag(let offset): return .exactly(shifted(arguments, row, by: -offset))
        case .lead(let offset): return .exactly(shifted(arguments, row, by: offset))
        case .difference(let offset): return .exactly(difference(arguments[0], row, row - offset))
        case .cumulativeSum: return aggregate(.sum, arguments, Array(0...row))
        case .simpleMovingAverage(let length):
            let values = (0...row).filter { x?.cells[$0] != .null }
            return values.count < length ? .exactly(.null) : aggregate(.avg, arguments, values.suffix(length))
        case .exponentialMovingAverage(let length): return .exactly(exponential(arguments[0], length, row))
        case .aggregate(let function): return aggregate(function, arguments, rows(of: call.frame, row))
        // They have an oracle of their own, and are not among the calls here.
        case .indicator: return .exactly(.null)
        }
    }

    /// The rows that are equal in ORDER BY.
    private func peers(_ call: WindowCall, _ row: Int) -> [Int] {
        call.order.isEmpty ? Array(0..<count) : (0..<count).filter { axis[$0] == axis[row] }
    }

    private func picked(_ arguments: [Int], _ row: Int?) -> WindowExpectation {
        .exactly(row.map { columns[arguments[0]].cells[$0].scalar } ?? .null)
    }

    private func shifted(_ arguments: [Int], _ row: Int, by offset: Int) -> Scalar {
        let place = row + offset
        if (0..<count).contains(place) { return columns[arguments[0]].cells[place].scalar }
        return arguments.count > 1 ? columns[arguments[1]].cells[row].scalar : .null
    }

    private func difference(_ column: Int, _ row: Int, _ before: Int) -> Scalar {
        guard (0..<count).contains(before) else { return .null }
        switch (columns[column].cells[row].scalar, columns[column].cells[before].scalar) {
        case (.float64(let a), .float64(let b)): return .float64(a - b)
        case (.int64(let a), .int64(let b)), (.timestamp(let a), .timestamp(let b)):
            let (value, overflow) = a.subtractingReportingOverflow(b)
            return overflow ? .null : .int64(value)
        default: return .null
        }
    }

    private func exponential(_ column: Int, _ length: Int, _ row: Int) -> Scalar {
        var average = 0.0
        var seen: [Int] = []
        for index in 0...row where columns[column].cells[index] != .null {
            guard let value = columns[column].cells[index].scalar.double else { continue }
            seen.append(index)
            if seen.count < length { continue }
            if seen.count == length {
                var seed = AverageFold()
                for index in seen { seed.update(FoldArguments([columns[column].row(index)], rowCount: 1), rows: 0..<1) }
                average = seed.value ?? .nan
            } else {
                average += 2 / (Double(length) + 1) * (value - average)
            }
        }
        return seen.count < length ? .null : .float64(average)
    }
}

/// Aggregates of the rows of a frame.
extension WindowOracle {
    private func aggregate(_ function: AggregateFunction, _ arguments: [Int], _ rows: [Int]) -> WindowExpectation {
        guard let column = arguments.first.map({ columns[$0] }) else { return .exactly(.int64(Int64(rows.count))) }
        let values = rows.filter { column.cells[$0] != .null }
        switch function {
        case .count: return .exactly(.int64(Int64(values.count)))
        case .first: return .exactly(values.first.map { column.cells[$0].scalar } ?? .null)
        case .last: return .exactly(values.last.map { column.cells[$0].scalar } ?? .null)
        case .min: return .exactly(extreme(values.map { column.cells[$0].scalar }) { $0 < $1 })
        case .max: return .exactly(extreme(values.map { column.cells[$0].scalar }) { $0 > $1 })
        case .sum where column.type != .float64: return folded(IntegerSumFold.self, arguments, rows)
        case .sum: return number(SumFold.self, column, arguments, values, divisor: 1)
        case .avg: return number(AverageFold.self, column, arguments, values, divisor: Double(values.count))
        case .vwap: return moving(VWAPFold.self, arguments, rows) { _, _ in 0 }
        case .populationDeviation:
            return moving(VarianceFold<PopulationDeviation>.self, arguments, rows) { _, largest in 1e-15 * largest[0] }
        case .sampleVariance:
            return moving(VarianceFold<SampleVariance>.self, arguments, rows) { _, largest in
                1e-30 * largest[0] * largest[0]
            }
        case .populationCovariance:
            return moving(CovarianceFold<PopulationCovariance>.self, arguments, rows) { spreads, largest in
                1e-9 * spreads[0] * spreads[1] + 1e-30 * largest[0] * largest[1]
            }
        case .correlation: return moving(CorrelationFold.self, arguments, rows) { _, _ in 1e-8 }
        case .median: return folded(MedianFold.self, arguments, rows)
        case .countDistinct:
            let keys = values.map { row -> [UInt8] in
                switch column.cells[row].scalar {
                case .text(let text): Array(text.utf8)
                case .float64(let value): Array((value.isNaN ? "nan" : "\(value + 0)").utf8)
                case let other: Array("\(other)".utf8)
                }
            }
            return .exactly(.int64(Int64(Set(keys).count)))
        case .argMin: return folded(ArgMinFold.self, arguments, rows)
        case .argMax: return folded(ArgMaxFold.self, arguments, rows)
        default: return .failure
        }
    }

    private func extreme(_ values: [Scalar], _ isBetter: (Int, Int) -> Bool) -> Scalar {
        var best: Scalar?
        for value in values {
            if case .float64(let double) = value, double.isNaN { continue }
            guard let current = best else {
                best = value
                continue
            }
            let order: Int =
                switch (value, current) {
                case (.int64(let a), .int64(let b)), (.timestamp(let a), .timestamp(let b)): a < b ? -1 : a > b ? 1 : 0
                case (.float64(let a), .float64(let b)): a < b ? -1 : a > b ? 1 : 0
                case (.text(let a), .text(let b)):
                    a.utf8.lexicographicallyPrecedes(b.utf8) ? -1 : a.utf8.elementsEqual(b.utf8) ? 0 : 1
                case (.boolean(let a), .boolean(let b)): (a ? 1 : 0) - (b ? 1 : 0)
                default: 0
                }
            if isBetter(order, 0) { best = value }
        }
        return best ?? .null
    }

    /// The fold of an aggregate, which sees row after row.
    func folded<F: Fold>(_ type: F.Type, _ arguments: [Int], _ rows: [Int]) -> WindowExpectation {
        var fold = F()
        for row in rows {
            fold.update(FoldArguments(arguments.map { columns[$0].row(row) }, rowCount: 1), rows: 0..<1)
        }
        do { return .exactly(try fold.finalize(output: 0)) } catch { return .failure }
    }

    /// Sums and means: exact for decimals and integers; doubles may be off by the bound of the documentation.
    private func number<F: Fold>(
        _ type: F.Type,
        _ column: WindowColumn,
        _ arguments: [Int],
        _ values: [Int],
        divisor: Double
    ) -> WindowExpectation {
        let doubles = values.compactMap { row -> Double? in
            if case .double(let value) = column.cells[row] { value } else { nil }
        }
        let isBeyondExact = values.contains { row in
            if case .decimal(_, let scale) = column.cells[row] { scale > 18 } else { false }
        }
        if doubles.isEmpty, !isBeyondExact { return folded(type, arguments, values) }
        let all = values.compactMap { column.cells[$0].scalar.double }
        if doubles.contains(where: { !$0.isFinite }) {
            return .exactly(.float64(doubles.filter { !$0.isFinite }.reduce(0, +)))
        }
        let sum = Self.exactSum(all)
        let magnitude = Self.exactSum(all.map(\.magnitude))
        return .near(sum / divisor, within: 1e-12 * magnitude / divisor)
    }

    /// The nearest double to a sum: Shewchuk's expansions, as Python's fsum has them.
    static func exactSum(_ values: [Double]) -> Double {
        var parts: [Double] = []
        for value in values {
            var x = value
            var kept: [Double] = []
            for part in parts {
                let (large, small) = abs(x) < abs(part) ? (part, x) : (x, part)
                let high = large + small
                let low = small - (high - large)
                if low != 0 { kept.append(low) }
                x = high
            }
            parts = kept + [x]
        }
        return parts.reversed().reduce(0, +)
    }
}
