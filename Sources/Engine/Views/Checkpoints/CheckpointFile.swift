import CKernels
import Columnar
import QueryLang

/// The checkpoints of one view in a file: those of its instruments, one after the other.
///
///     magic "TGFC" · version UInt8 · fingerprint text · CRC-32C of these UInt32
///     then for each instrument: byte count UInt64 · CRC-32C of the count and the bytes UInt32 · bytes
///
/// Little-endian. Damage to one instrument's bytes costs that instrument; damage to a length, those after it, too.
enum CheckpointFile {
    /// The version of the format; of another one nothing is read.
    static let version: UInt8 = 1

    private static let magic = Array("TGFC".utf8)
    /// Bytes before an instrument's own.
    static let entryHeader = 12

    /// Begins a file.
    static func header(fingerprint: String) -> [UInt8] {
        var writer = FoldStateWriter()
        magic.withUnsafeBytes { writer.write(contentsOf: $0) }
        writer.write(version)
        writer.write(fingerprint)
        writer.write(checksum(writer.bytes[...]))
        return writer.bytes
    }

    /// Appends an instrument.
    static func append(_ entry: [UInt8], to file: inout [UInt8]) {
        var writer = FoldStateWriter()
        writer.write(UInt64(entry.count))
        writer.write(checksum(entry[...], after: checksum(writer.bytes[...])))
        file += writer.bytes
        file += entry
    }

    /// What a file holds.
    struct Contents {
        /// The bytes of instruments whose checksums are right.
        var entries: [[UInt8]] = []
        /// What was wrong with others; nil if nothing was.
        var damage: String?
    }

    /// Reads a file; an error says why nothing of it is of use.
    static func read(_ bytes: [UInt8], fingerprint: String) -> Result<Contents, CheckpointError> {
        var reader = FoldStateReader(bytes)
        do throws(FoldStateError) {
            for byte in magic {
                guard try reader.readUInt8() == byte else { return .failure(.init("it is no such file")) }
            }
            let version = try reader.readUInt8()
            guard version == Self.version else { return .failure(.init("it has version \(version) of the format")) }
            let found = try reader.readString()
            let end = bytes.count - reader.remainingCount
            guard try reader.read(UInt32.self) == checksum(bytes[..<end]) else {
                return .failure(.init("its beginning is damaged"))
            }
            guard found == fingerprint else { return .failure(.init("the view or its table was another one")) }
        } catch {
            return .failure(.init("its beginning is damaged"))
        }
        return .success(entries(bytes, from: bytes.count - reader.remainingCount))
    }

    private static func entries(_ bytes: [UInt8], from start: Int) -> Contents {
        var contents = Contents()
        var place = start
        while place < bytes.count {
            var reader = FoldStateReader(Array(bytes[place..<min(place + entryHeader, bytes.count)]))
            guard let count = try? reader.read(UInt64.self), let sum = try? reader.read(UInt32.self),
                count <= UInt64(bytes.count - place - entryHeader)
            else {
                contents.damage = "it ends at byte \(bytes.count), within an instrument"
                return contents
            }
            let body = place + entryHeader..<place + entryHeader + Int(count)
            if checksum(bytes[body], after: checksum(bytes[place..<place + 8])) == sum {
                contents.entries.append(Array(bytes[body]))
            } else {
                contents.damage = "the checksum at byte \(place) is wrong"
            }
            place = body.upperBound
        }
        return contents
    }

    private static func checksum(_ bytes: ArraySlice<UInt8>, after sum: UInt32 = 0) -> UInt32 {
        bytes.withUnsafeBytes { tickgate_crc32c(sum, $0.baseAddress, $0.count) }
    }
}

/// Why a checkpoint is of no use.
struct CheckpointError: Error, Sendable, Hashable {
    let message: String

    init(_ message: String) { self.message = message }
}
