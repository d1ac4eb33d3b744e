import Testing

@testable import Ingest

@Suite struct RecordingReaderTests {
    static func readAll(_ paths: [String], chunk: Int = RecordingReader.chunkBytes) throws -> [UInt8] {
        let reader = RecordingReader(paths: paths)
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: chunk)
        defer { buffer.deallocate() }
        var bytes: [UInt8] = []
        while true {
            let count = try reader.read(into: buffer)
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }

    static func lines(_ count: Int, seed: UInt64) -> [UInt8] {
        var random = TestRandom(seed: seed)
        return (0..<count).flatMap { number in
            Array("\(number) ".utf8)
                + (0..<Int.random(in: 0..<300, using: &random)).map { _ in UInt8.random(in: 33...126, using: &random) }
                + [10]
        }
    }

    @Test(arguments: [1, 7, 4_096, 300_000])
    func plainAndPackedFilesReadTheSame(chunk: Int) throws {
        let folder = TemporaryFolder()
        let bytes = Self.lines(3_000, seed: 1)
        let plain = folder.write("a.txt", bytes)
        let packed = folder.write("a.gz", StoredGzip.member(bytes))
        let several = folder.write(
            "b.gz",
            StoredGzip.member(Array(bytes[..<100_000])) + StoredGzip.member(Array(bytes[100_000...]))
        )
        #expect(try Self.readAll([plain], chunk: chunk) == bytes)
        #expect(try Self.readAll([packed], chunk: chunk) == bytes)
        #expect(try Self.readAll([several], chunk: chunk) == bytes)
        #expect(try Self.readAll([plain, packed], chunk: chunk) == bytes + bytes)
    }

    @Test func filesWithoutAFinalNewlineAreKeptApart() throws {
        let folder = TemporaryFolder()
        let paths = ["1 a", "2 b\n", "", "3 c"].enumerated().map { folder.write("\($0)", Array($1.utf8)) }
        #expect(try Self.readAll(paths) == Array("1 a\n2 b\n3 c\n".utf8))
    }

    @Test func aCutFileIsSaidToBeTruncated() throws {
        let folder = TemporaryFolder()
        let packed = StoredGzip.member(Self.lines(100, seed: 2))
        for length in [3, 12, packed.count / 2, packed.count - 1] {
            let path = folder.write("cut.gz", Array(packed[..<length]))
            let error = #expect(throws: IngestError.self) { try Self.readAll([path]) }
            #expect(error?.code == .corruptFile && error?.reason == .truncated && error?.detail == path)
            #expect(error?.offset == length)
        }
    }

    @Test func aFlippedBitIsFound() throws {
        let folder = TemporaryFolder()
        let packed = StoredGzip.member(Self.lines(50, seed: 3))
        for place in [0, 8, 11, 200, packed.count - 6, packed.count - 2] {
            var damaged = packed
            damaged[place] ^= 0x40
            let path = folder.write("bad.gz", damaged)
            if place == 0 {
                #expect(try Self.readAll([path]) == damaged + [10])  // no gzip at all: read as it is
            } else if place != 8 {
                let error = #expect(throws: IngestError.self) { try Self.readAll([path]) }
                #expect(error?.code == .corruptFile && error?.detail == path)
            }
        }
    }

    @Test func aMissingFileIsNamed() {
        let error = #expect(throws: IngestError.self) { try Self.readAll(["/nowhere/at.all"]) }
        #expect(error?.code == .unreadableFile)
        #expect(error?.description == "unreadable file: cannot be read (/nowhere/at.all: No such file or directory)")
        let folder = TemporaryFolder()
        #expect(throws: IngestError.self) { try Self.readAll([folder.path]) }
    }
}
