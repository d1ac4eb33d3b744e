import Columnar

/// Exact sums and means of decimals or integers over frames, rounded once.
///
/// Each scale has running sums of its own, in which the rows of the others have no value; usually there is one.
final class DecimalFrames {
    /// How many of the rows have a decimal.
    let counts = ValueCounts()
    /// By scale.
    private var parts: [PrefixSums] = []
    private var first = 0
    private let masked = Scratch<Int64>()
    private let sums = Scratch<Int64>()
    private let zeros = Scratch<Int64>()

    /// Forgets everything.
    func reset() {
        counts.reset()
        parts.removeAll()
        first = 0
    }

    var byteCount: Int { parts.reduce(counts.byteCount) { $0 + $1.byteCount } }

    /// Takes the next rows, `mantissa / 10^scale` each.
    func append(_ mantissas: Buffer<Int64>, scale: Int, validity: Validity?) {
        let count = mantissas.count
        if count == 0 { return }
        var values = mantissas.base
        if let validity {
            let target = masked.room(count)
            for index in 0..<count { target[index] = validity[index] ? values[index] : 0 }
            values = UnsafePointer(target)
        }
        let part = part(scale)
        for other in parts where other !== part { other.appendNothing(count) }
        part.append(values, count: count)
        withExtendedLifetime(mantissas) {}
        counts.append(validity, count: count)
    }

    /// Takes rows without a decimal.
    func appendNothing(_ count: Int) {
        for part in parts { part.appendNothing(count) }
        counts.appendNone(count)
    }

    /// The running sums of a scale. Which rows they hold does not depend on other rows, so no sum does.
    private func part(_ scale: Int) -> PrefixSums {
        if let part = parts.first(where: { $0.scale == scale }) { return part }
        let part = PrefixSums(scale: scale, first: first, rowCount: counts.rowCount)
        parts.append(part)
        parts.sort { $0.scale < $1.scale }
        return part
    }

    /// Frames to come are above a floor.
    func release(_ floor: FrameFloor) {
        for part in parts { part.release(floor) }
        // A scale whose rows have all left costs nothing any more.
        if floor.start != nil, parts.count > 1 { parts.removeAll { $0.magnitude.value == 0 } }
        first = max(first, min(floor.firstEdge, counts.rowCount))
        counts.forget(before: floor.firstEdge)
    }

    /// The sums of frames of which each has a decimal or is not asked for.
    func sums(_ run: FrameRun) -> ExactSums {
        let all = parts.map { (sums: $0.sums(of: run), scale: $0.scale) }
        guard let last = all.last else { return .several([]) }
        if all.count > 1 { return combined(all, run.count, scale: last.scale) ?? .several(all) }
        switch last.sums {
        case .narrow(let starts, let ends, let bound):
            return .narrow(starts: starts, ends: ends, bound: bound, scale: last.scale)
        case .wide(let starts, let ends): return .wide(starts: starts, ends: ends, scale: last.scale)
        }
    }

    /// Sums of parts, brought to the largest scale; nil if that may overflow.
    private func combined(_ parts: [(sums: PrefixSums.Sums, scale: Int)], _ count: Int, scale: Int) -> ExactSums? {
        var total: UInt64 = 0
        var factors: [Int64] = []
        for part in parts {
            guard case .narrow(_, _, let bound) = part.sums, let factor = Self.powerOfTen(scale - part.scale) else {
                return nil
            }
            let (product, overflow) = bound.multipliedReportingOverflow(by: UInt64(factor))
            guard !overflow, product < 1 << 62, total + product < 1 << 62 else { return nil }
            total += product
            factors.append(factor)
        }
        let target = sums.room(count)
        target.initialize(repeating: 0, count: count)
        for (part, factor) in zip(parts, factors) {
            guard case .narrow(let starts, let ends, _) = part.sums else { return nil }
            for index in 0..<count { target[index] &+= (ends[index] &- starts[index]) &* factor }
        }
        let zeros = zeros.room(count)
        zeros.initialize(repeating: 0, count: count)
        return .narrow(starts: zeros, ends: target, bound: total, scale: scale)
    }

    /// Powers of ten that fit.
    private static func powerOfTen(_ exponent: Int) -> Int64? {
        (0...18).contains(exponent) ? Int64(NearestDouble.powersOfTen[exponent]) : nil
    }
}

/// The exact sums of some frames; valid until the next call.
enum ExactSums {
    /// `(ends[i] &- starts[i]) / 10^scale` each; no mantissa has a magnitude above the bound, which is below 2^63.
    case narrow(starts: UnsafePointer<Int64>, ends: UnsafePointer<Int64>, bound: UInt64, scale: Int)
    /// `(ends[i] - starts[i]) / 10^scale` each.
    case wide(starts: UnsafePointer<Int128>, ends: UnsafePointer<Int128>, scale: Int)
    /// The sums over parts of different scales.
    case several([(sums: PrefixSums.Sums, scale: Int)])

    /// The sum of the frame at an index.
    func sum(_ index: Int) -> DecimalSum {
        var sum = DecimalSum()
        switch self {
        case .narrow(let starts, let ends, _, let scale): sum.add(ends[index] &- starts[index], scale: scale)
        case .wide(let starts, let ends, let scale): sum.add(ends[index] &- starts[index], scale: scale)
        case .several(let parts):
            for part in parts {
                let mantissa = part.sums[index]
                if mantissa != 0 { sum.add(mantissa, scale: part.scale) }
            }
        }
        return sum
    }

    /// The mantissa of the frame at an index, if all scales are 0.
    func integer(_ index: Int) -> Int128 { sum(index).mantissa }
}

extension DecimalFrames {
    /// Scales that decimals of a column can have.
    private static let partsMax = ScaledInteger.scaleMax + 1

    func encode(into writer: inout FoldStateWriter) {
        counts.encode(into: &writer)
        writer.write(Int64(first))
        writer.write(UInt32(parts.count))
        for part in parts {
            writer.write(Int64(part.scale))
            part.encode(into: &writer)
        }
    }

    func decode(from reader: inout FoldStateReader, _ rows: KeptRows) throws(FoldStateError) {
        reset()
        try counts.decode(from: &reader, rowCount: rows.rowCount, floor: rows.floor.firstEdge)
        first = try reader.readNumber(upTo: min(rows.floor.firstEdge, rows.rowCount))
        let count = Int(try reader.read(UInt32.self))
        guard count <= Self.partsMax else { throw .malformed }
        for _ in 0..<count {
            let scale = try reader.readNumber(upTo: ScaledInteger.scaleMax)
            guard parts.last.map({ $0.scale < scale }) ?? true else { throw .malformed }
            let part = PrefixSums(scale: scale, first: 0, rowCount: 0)
            try part.decode(from: &reader, rowCount: rows.rowCount, floor: rows.floor.firstEdge)
            parts.append(part)
        }
        // A frame that holds a decimal needs its sums.
        guard !parts.isEmpty || counts.count(before: rows.rowCount) == counts.count(before: first) else {
            throw .malformed
        }
    }
}
