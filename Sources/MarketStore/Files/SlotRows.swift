/// Reads the slots of a year file's bytes as rows.
public struct SlotRows: Sendable {
    /// How the payload of variable slots is kept, which a file does not say.
    public enum Compression: Sendable, Hashable {
        /// Each is looked at: a Snappy block if it unpacks to whole rows, else rows as they are, if there are whole ones in the
        /// order of their ticks. A broken block may pass for rows, once in some hundred.
        case automatic
        /// Snappy blocks.
        case snappy
        /// As they are: `disable_variable_compression: true`.
        case none
    }

    /// The largest payload of one slot, unpacked.
    public static let payloadBytesMax = 1 << 30

    /// The file's header.
    public let header: YearFileHeader
    /// When its slots begin.
    public let times: SlotTimes
    private let compression: Compression

    /// A reader of slots of a file with this header.
    public init(header: YearFileHeader, times: SlotTimes, compression: Compression = .automatic) {
        self.header = header
        self.times = times
        self.compression = compression
    }

    /// What the slot at a place is: its index if it holds something, 0 if it is a hole.
    ///
    /// - Parameters:
    ///   - slot: the bytes of the slot.
    ///   - position: the index that its place is that of.
    public func index(of slot: UnsafeRawBufferPointer, position: Int64) throws(FileDamage) -> Int64 {
        let offset = header.offset(ofIndex: position)
        guard slot.count >= header.recordLength, let index = slot.number(Int64.self, at: 0) else {
            throw FileDamage(offset, "the file ends inside a slot")
        }
        guard index == position || index == 0 else {
            throw FileDamage(offset, "the slot says that it is \(index), and is \(position)")
        }
        return index
    }

    /// The first instant of a slot.
    public func start(ofIndex index: Int64) throws(FileDamage) -> Int64 {
        guard let start = times.start(ofIndex: index) else {
            throw FileDamage(header.offset(ofIndex: index), "slot \(index) is beyond the years 1678 to 2261")
        }
        return start
    }

    /// Where a variable slot's payload is; nil if it has none.
    public func payload(
        of slot: UnsafeRawBufferPointer,
        index: Int64,
        fileBytes: Int64
    ) throws(FileDamage) -> Range<Int64>? {
        guard let offset = slot.number(Int64.self, at: 8), let length = slot.number(Int64.self, at: 16) else {
            throw FileDamage(header.offset(ofIndex: index), "the file ends inside a slot")
        }
        if length == 0 { return nil }
        guard length > 0, length <= Self.payloadBytesMax, offset >= header.slotsEnd, offset <= fileBytes - length else {
            throw FileDamage(
                header.offset(ofIndex: index),
                "slot \(index) has \(length) bytes at \(offset), which are not in the file's payload, "
                    + "\(header.slotsEnd) to \(fileBytes)"
            )
        }
        return offset..<offset + length
    }

    /// The variable records of a payload, unpacked: whole ones, by rising ticks.
    public func records(_ payload: UnsafeRawBufferPointer, at offset: Int64) throws(FileDamage) -> [UInt8] {
        let rowBytes = header.variableRowBytes
        var problem = FileDamage(offset, "\(payload.count) bytes are no whole rows of \(rowBytes)")
        if compression != .none {
            switch unpacked(payload, at: offset) {
            case .success(let records): return try sorted(records, at: offset)
            case .failure(let failure): problem = failure
            }
            if compression == .snappy { throw problem }
        }
        guard payload.count % rowBytes == 0 else { throw problem }
        return try sorted(Array(payload), at: offset)
    }

    private func unpacked(_ payload: UnsafeRawBufferPointer, at offset: Int64) -> Result<[UInt8], FileDamage> {
        do throws(SnappyBlock.Malformed) {
            let bytes = try SnappyBlock.unpack(payload, bytesMax: Self.payloadBytesMax)
            guard bytes.count % header.variableRowBytes == 0 else {
                let rows = "whole rows of \(header.variableRowBytes)"
                return .failure(FileDamage(offset, "\(bytes.count) unpacked bytes are no \(rows)"))
            }
            return .success(bytes)
        } catch {
            return .failure(FileDamage(offset + Int64(error.offset), "no Snappy block: \(error.message)"))
        }
    }

    private func sorted(_ records: [UInt8], at offset: Int64) throws(FileDamage) -> [UInt8] {
        let rowBytes = header.variableRowBytes
        let isSorted = records.withUnsafeBytes { bytes in
            var last: UInt32 = 0
            for end in stride(from: rowBytes, through: bytes.count, by: rowBytes) {
                let ticks = bytes.number(UInt32.self, at: end - 4) ?? 0
                if ticks < last { return false }
                last = ticks
            }
            return true
        }
        guard isSorted else { throw FileDamage(offset, "the rows of the slot are not in the order of their ticks") }
        return records
    }

    /// Adds the row of a fixed slot.
    public func append(fixed slot: UnsafeRawBufferPointer, index: Int64, to rows: inout BucketRows) throws(FileDamage) {
        let start = try start(ofIndex: index)
        rows.append(time: start, UnsafeRawBufferPointer(rebasing: slot.dropFirst(8)))
    }

    /// Adds the rows of a variable slot.
    public func append(records: [UInt8], index: Int64, to rows: inout BucketRows) throws(FileDamage) {
        let start = try start(ofIndex: index)
        let interval = times.interval(index: index, start: start)
        let rowBytes = header.variableRowBytes
        records.withUnsafeBytes { bytes in
            for at in stride(from: 0, to: bytes.count - bytes.count % rowBytes, by: rowBytes) {
                let ticks = bytes.number(UInt32.self, at: at + rowBytes - 4) ?? 0
                rows.append(
                    time: start &+ interval.offset(ticks),
                    UnsafeRawBufferPointer(rebasing: bytes[at..<at + rowBytes])
                )
            }
        }
    }
}
