import CKernels
import Columnar

/// Writes integers in the smallest form that decodes at the speed of memory.
///
/// Measured, one core, values in cache: packed 4 to 6 G values/s, differences 2 G values/s.
enum IntegerStreamEncoder {
    /// Differences decode at a third of the speed: they must save one part in this many of the bytes.
    private static let differencesSaving = 20
    /// Packing must save one part in this many over plain values, which need no decoding.
    private static let packingSaving = 20

    /// Writes a stream, from an aligned position to an aligned one. `values` is not empty, and `summary` is of them.
    static func put(
        _ values: UnsafeBufferPointer<Int64>,
        _ summary: tickgate_summary,
        compression: StoreOptions.Compression,
        to writer: inout ByteWriter
    ) {
        guard compression == .smallest else { return putPlain(values, to: &writer) }
        if summary.minimum == summary.maximum { return putHeader(.constant, base: summary.minimum, to: &writer) }
        if let step = step(values) {
            return putHeader(.sequence, base: values[0], step: step, to: &writer)
        }
        let range = UInt64(bitPattern: summary.maximum &- summary.minimum)
        let divisor = CommonDivisor.find(values, minimum: summary.minimum, range: range)
        let quotients = OwnedMemory<UInt64>(capacity: values.count)
        let differences = OwnedMemory<UInt64>(capacity: values.count)
        let division = ExactDivision(by: divisor)
        for row in values.indices {
            quotients.base[row] = division.quotient(UInt64(bitPattern: values[row] &- summary.minimum))
        }
        tickgate_differences(quotients.base, values.count, differences.base)
        let whole = UnsafeBufferPointer(start: UnsafePointer(quotients.base), count: values.count)
        // Row 0 has no difference; whatever base is chosen, its offset is 0.
        let rest = UnsafeBufferPointer(start: UnsafePointer(differences.base) + 1, count: values.count - 1)
        let bounds = rest.withMemoryRebound(to: Int64.self) { tickgate_summarize($0.baseAddress, $0.count) }
        let low = UInt64(bitPattern: bounds.minimum)
        let packed = PatchedWidth(whole, low: 0, range: range / divisor, rowCount: values.count)
        let deltaRange = UInt64(bitPattern: bounds.maximum) &- low
        let delta = PatchedWidth(rest, low: low, range: deltaRange, rowCount: values.count)
        let takesDifferences = delta.bitCount < packed.bitCount - packed.bitCount / differencesSaving
        let choice = takesDifferences ? delta : packed
        let plainBits = values.count * 64
        guard choice.bitCount <= plainBits - plainBits / packingSaving else { return putPlain(values, to: &writer) }
        if takesDifferences {
            let base = low &+ delta.base
            differences.base[0] = base
            put(
                differences,
                count: values.count,
                subtracting: base,
                choice,
                Header(
                    form: .differences,
                    base: Int64(bitPattern: base &* divisor),
                    step: divisor,
                    first: values[0]
                ),
                to: &writer
            )
        } else {
            let base = summary.minimum &+ Int64(bitPattern: packed.base &* divisor)
            let header = Header(form: .packed, base: base, step: divisor, first: 0)
            put(quotients, count: values.count, subtracting: packed.base, choice, header, to: &writer)
        }
        withExtendedLifetime((quotients, differences)) {}
    }

    /// Writes unsigned values without exceptions: codes, or truth values with a `plainWidth` of 1 byte.
    static func putSmall(
        _ values: UnsafeBufferPointer<UInt32>,
        plainWidth: Int,
        compression: StoreOptions.Compression,
        to writer: inout ByteWriter
    ) {
        let lowest = values.min() ?? 0
        let highest = values.max() ?? 0
        if compression == .smallest {
            if lowest == highest { return putHeader(.constant, base: Int64(lowest), to: &writer) }
            // Truth values always count from 0.
            let width = PatchedWidth.bits(UInt64(highest - lowest))
            let byteCount = tickgate_packed_words(values.count, UInt32(width)) * 8
            if byteCount < values.count * plainWidth {
                putHeader(.packed, width: width, base: Int64(lowest), step: 1, to: &writer)
                let offsets = OwnedMemory<UInt64>(capacity: values.count)
                for row in values.indices { offsets.base[row] = UInt64(values[row] - lowest) }
                return putLanes(offsets, count: values.count, width: width, to: &writer)
            }
        }
        putHeader(.plain, width: plainWidth, base: 0, to: &writer)
        if plainWidth == 1 {
            for value in values { writer.put(UInt8(truncatingIfNeeded: value)) }
        } else {
            writer.put(UnsafeRawBufferPointer(values))
        }
        writer.pad()
    }

    /// Writes 8 bytes a row.
    static func putPlain(_ values: UnsafeBufferPointer<Int64>, to writer: inout ByteWriter) {
        putHeader(.plain, width: 8, base: 0, to: &writer)
        writer.put(UnsafeRawBufferPointer(values))
    }

    /// Writes a header without exceptions.
    static func putHeader(
        _ form: IntegerStream.Form,
        width: Int = 0,
        base: Int64,
        step: Int64 = 0,
        to writer: inout ByteWriter
    ) {
        writer.put(form.rawValue)
        writer.put(UInt8(width))
        writer.put(UInt16(0))
        writer.put(UInt32(0))
        writer.put(base)
        writer.put(step)
        writer.put(Int64(0))
    }

    // MARK: Offsets and exceptions

    private struct Header {
        let form: IntegerStream.Form
        let base: Int64
        let step: UInt64
        let first: Int64
    }

    /// `memory` holds the values and is overwritten with their offsets.
    private static func put(
        _ memory: OwnedMemory<UInt64>,
        count: Int,
        subtracting base: UInt64,
        _ choice: PatchedWidth,
        _ header: Header,
        to writer: inout ByteWriter
    ) {
        var gaps: [UInt8] = []
        var highs = BitWriter()
        var number = 0
        var next = 0
        let escape = Int(TICKGATE_GAP_ESCAPE)
        for row in 0..<count {
            let offset = memory.base[row] &- base
            memory.base[row] = offset
            guard choice.width < 64, offset >> UInt64(choice.width) != 0 else { continue }
            for _ in 0..<(row - next) / escape { gaps.append(UInt8(escape)) }
            gaps.append(UInt8((row - next) % escape))
            next = row + 1
            number += 1
            highs.put(choice.high(offset) &- choice.highBase, width: choice.highWidth)
        }
        writer.put(header.form.rawValue)
        writer.put(UInt8(choice.width))
        writer.put(UInt8(choice.highWidth))
        writer.put(UInt8(0))
        writer.put(UInt16(number))
        writer.put(UInt16(gaps.count))
        writer.put(header.base)
        writer.put(header.step)
        writer.put(header.first)
        putLanes(memory, count: count, width: choice.width, to: &writer)
        if number > 0 {
            writer.put(choice.highBase)
            gaps.withUnsafeBytes { writer.put($0) }
            highs.finish().withUnsafeBytes { writer.put($0) }
        }
        writer.pad()
    }

    private static func putLanes(_ offsets: OwnedMemory<UInt64>, count: Int, width: Int, to writer: inout ByteWriter) {
        writer.append(byteCount: tickgate_packed_words(count, UInt32(width)) * 8) { memory in
            tickgate_pack(offsets.base, count, UInt32(width), memory.assumingMemoryBound(to: UInt64.self))
        }
    }

    /// The step if the values are a sequence that does not overflow.
    private static func step(_ values: UnsafeBufferPointer<Int64>) -> Int64? {
        guard values.count > 1 else { return nil }
        let (step, overflow) = values[1].subtractingReportingOverflow(values[0])
        guard !overflow, !step.multipliedReportingOverflow(by: Int64(values.count)).overflow else { return nil }
        for row in 1..<values.count where values[row] &- values[row - 1] != step { return nil }
        return step
    }
}

/// Collects numbers of a few bits each, lowest bit first, without gaps.
private struct BitWriter {
    private var bytes: [UInt8] = []
    private var pending: UInt64 = 0
    private var pendingBits = 0

    mutating func put(_ value: UInt64, width: Int) {
        var value = value
        var left = width
        while left > 0 {
            let taken = min(left, 8)
            pending |= (value & (1 << UInt64(taken) - 1)) << UInt64(pendingBits)
            pendingBits += taken
            value >>= UInt64(taken)
            left -= taken
            while pendingBits >= 8 {
                bytes.append(UInt8(truncatingIfNeeded: pending))
                pending >>= 8
                pendingBits -= 8
            }
        }
    }

    mutating func finish() -> [UInt8] {
        if pendingBits > 0 { bytes.append(UInt8(truncatingIfNeeded: pending)) }
        return bytes
    }
}
