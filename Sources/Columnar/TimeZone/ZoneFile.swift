import Glibc

/// What a TZif file says (RFC 8536), in seconds.
///
/// The 64-bit block of versions 2 and up is read, or the 32-bit one of version 1. Files with leap seconds are not for
/// clocks that count 86,400 seconds a day, and are refused.
struct ZoneFile {
    /// Where the time zone database lies.
    static let directory = "/usr/share/zoneinfo/"
    /// The largest file that is read; those of the database have at most a few KB.
    static let bytesMax = 1 << 16

    /// The offset before the first change.
    private(set) var initialOffset: Int64 = 0
    /// Instants, rising, and the offset from each on.
    private(set) var changes: [(start: Int64, offset: Int64)] = []
    /// The rule for the time after the last change.
    private(set) var rule: PosixZone?

    init?(_ bytes: [UInt8]) {
        var reader = ZoneFileReader(bytes: bytes)
        guard var header = reader.header() else { return nil }
        let hasLongBlock = header.version >= UInt8(ascii: "2")
        if hasLongBlock {
            reader.position += header.blockBytes(timeBytes: 4)
            guard let second = reader.header() else { return nil }
            header = second
        }
        let timeBytes = hasLongBlock ? 8 : 4
        guard header.leapCount == 0, header.typeCount > 0,
            bytes.count - reader.position >= header.blockBytes(timeBytes: timeBytes)
        else { return nil }
        var starts: [Int64] = []
        for _ in 0..<header.timeCount { starts.append(reader.integer(bytes: timeBytes)) }
        var types: [Int] = []
        for _ in 0..<header.timeCount { types.append(Int(reader.byte())) }
        var offsets: [Int64] = []
        for _ in 0..<header.typeCount {
            offsets.append(reader.integer(bytes: 4))
            reader.position += 2
        }
        // Whether one is daylight saving, and what it is called, is no matter here.
        reader.position += header.nameBytes + header.standardCount + header.universalCount
        initialOffset = offsets[0]
        for (start, type) in zip(starts, types) {
            guard type < offsets.count, start > changes.last?.start ?? .min else { return nil }
            changes.append((start, offsets[type]))
        }
        if hasLongBlock { rule = PosixZone(reader.footer()) }
    }

    /// The bytes of the file of a zone; nil if there is none, or the name cannot be one.
    static func read(named name: String) -> [UInt8]? {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        let isName = parts.allSatisfy { part in
            !part.isEmpty && part.utf8.allSatisfy { isNameByte($0) } && part.first?.isLetter == true
        }
        guard isName, name.utf8.count <= 64 else { return nil }
        let descriptor = open(directory + name, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: bytesMax)
        var count = 0
        while count < bytesMax {
            let read = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress?.advanced(by: count), bytesMax - count)
            }
            if read < 0, errno == EINTR { continue }
            guard read > 0 else { return read == 0 ? Array(bytes[..<count]) : nil }
            count += read
        }
        return nil
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"):
            true
        default: false
        }
    }
}

/// The counts of one block of a TZif file.
private struct ZoneFileHeader {
    let version: UInt8
    let universalCount, standardCount, leapCount, timeCount, typeCount, nameBytes: Int

    func blockBytes(timeBytes: Int) -> Int {
        timeCount * (timeBytes + 1) + typeCount * 6 + nameBytes + leapCount * (timeBytes + 4) + standardCount
            + universalCount
    }
}

/// Cursor over the bytes of a TZif file; bytes past the end read as zero, so that only the counts need a check.
private struct ZoneFileReader {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func byte() -> UInt8 {
        defer { position += 1 }
        return position < bytes.count ? bytes[position] : 0
    }

    /// A signed integer, the most significant byte first.
    mutating func integer(bytes count: Int) -> Int64 {
        var value: UInt64 = 0
        for _ in 0..<count { value = value << 8 | UInt64(byte()) }
        return count == 4 ? Int64(Int32(truncatingIfNeeded: value)) : Int64(bitPattern: value)
    }

    mutating func header() -> ZoneFileHeader? {
        guard bytes.count - position >= 44, bytes[position..<position + 4].elementsEqual("TZif".utf8) else {
            return nil
        }
        position += 4
        let version = byte()
        position += 15
        var counts: [Int] = []
        for _ in 0..<6 {
            let count = Int(integer(bytes: 4))
            guard count >= 0, count <= ZoneFile.bytesMax else { return nil }
            counts.append(count)
        }
        return ZoneFileHeader(
            version: version,
            universalCount: counts[0],
            standardCount: counts[1],
            leapCount: counts[2],
            timeCount: counts[3],
            typeCount: counts[4],
            nameBytes: counts[5]
        )
    }

    /// The text between the two newlines at the end.
    mutating func footer() -> [UInt8] {
        guard position < bytes.count, byte() == UInt8(ascii: "\n") else { return [] }
        return Array(bytes[position...].prefix { $0 != UInt8(ascii: "\n") })
    }
}
