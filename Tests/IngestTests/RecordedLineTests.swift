import Market
import Testing

@testable import Ingest

@Suite struct RecordedLineTests {
    static func split(_ bytes: [UInt8], chunks: [Int], lineBytesMax: Int) -> [String] {
        var splitter = RecordedLineSplitter(lineBytesMax: lineBytesMax)
        var lines: [String] = []
        func take(_ line: Result<UnsafeBufferPointer<UInt8>, IngestError>, _ number: Int) {
            #expect(number == lines.count + 1)
            switch line {
            case .success(let bytes): lines.append(String(decoding: bytes, as: UTF8.self))
            case .failure(let error): lines.append("\(error)")
            }
        }
        var start = 0
        bytes.withUnsafeBufferPointer { buffer in
            for count in chunks where start < buffer.count {
                let end = min(start + count, buffer.count)
                splitter.split(UnsafeBufferPointer(rebasing: buffer[start..<end]), take)
                start = end
            }
            splitter.split(UnsafeBufferPointer(rebasing: buffer[start...]), take)
        }
        splitter.finish(take)
        #expect(splitter.lineCount == lines.count)
        return lines
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func chunksDoNotMatter(seed: UInt64) {
        var random = TestRandom(seed: seed)
        let limit = 20
        let lines = (0..<Int.random(in: 0..<12, using: &random)).map { _ in
            String(repeating: "x", count: Int.random(in: 0..<26, using: &random))
        }
        let end = Bool.random(using: &random) ? "\r\n" : "\n"
        var bytes = Array(lines.map { $0 + end }.joined().utf8)
        if Bool.random(using: &random), let last = lines.last, !last.isEmpty { bytes.removeLast() }  // no final newline
        let expected = lines.enumerated().map { number, line in
            line.utf8.count + end.utf8.count - 1 > limit
                ? "line \(number + 1): malformed line: longer than the limit (\(limit) bytes at most)" : line
        }
        for _ in 0..<10 {
            let chunks = (0..<40).map { _ in Int.random(in: 1..<9, using: &random) }
            #expect(Self.split(bytes, chunks: chunks, lineBytesMax: limit) == expected)
        }
    }

    @Test func aLineIsTimeSpaceFrame() throws {
        var text = "1723161253937085768 {\"a\": 1}"
        let (time, frame) = try text.withUTF8 { bytes in
            let line = try RecordedLine(bytes)
            return (line.receiveTime, String(decoding: line.frame, as: UTF8.self))
        }
        #expect(time == 1_723_161_253_937_085_768)
        #expect(frame == "{\"a\": 1}")
    }

    @Test(arguments: ["", " ", "{}", "12", "12{}", "x12 {}", "-1 {}", "99999999999999999999 {}", "1.5 {}"])
    func whatIsNoLineIsRefusedWithItsNumber(text: String) {
        var text = text
        let error = #expect(throws: IngestError.self) { try text.withUTF8 { _ = try RecordedLine($0, number: 17) } }
        #expect(error?.code == .malformedLine && error?.line == 17)
    }
}

@Suite struct ReplaySessionTests {
    @Test func badLinesAreReportedAndPassedOver() {
        let session = ReplaySession(registry: InstrumentRegistry(), sequence: SequenceSource(), lineBytesMax: 400)
        var batch = EventBatch()
        let lines = [
            "1000 \(BinanceDecoderTests.trade)", "not a line", "1001 {\"e\":", "1002 {\"e\":\"trade\"}", "",
            "1003 " + String(repeating: "x", count: 400), "1004 \(BinanceDecoderTests.trade)",
        ]
        session.feed(Array((lines.joined(separator: "\n") + "\n").utf8), into: &batch)
        #expect(batch.events.filter { $0.kind == .trade }.map(\.receiveTime) == [1_000, 1_004])
        #expect(session.lineCount == 7)
        #expect(session.receiveTime == 1_004)
        #expect(session.problemCount == 4)
        #expect(session.problems.map(\.line) == [2, 3, 4, 6])
        #expect(session.problems.map(\.reason) == [.badReceiveTime, .unexpectedEnd, .missingField, .tooLong])
        #expect(session.problems[1].description == "line 3: malformed frame at byte 5: the frame ends inside a value")
    }

    @Test func problemsKeptAreBounded() {
        let session = ReplaySession(registry: InstrumentRegistry(), sequence: SequenceSource())
        var batch = EventBatch()
        session.feed(Array(String(repeating: "x\n", count: 10_000).utf8), into: &batch)
        #expect(session.problemCount == 10_000)
        #expect(session.problems.count == ReplaySession.problemsMax)
    }

    @Test func theLastLineNeedsNoNewline() {
        let session = ReplaySession(registry: InstrumentRegistry(), sequence: SequenceSource())
        var batch = EventBatch()
        session.feed(Array("1000 \(BinanceDecoderTests.trade)".utf8), into: &batch)
        #expect(batch.isEmpty)
        session.finish(into: &batch)
        #expect(batch.events.map(\.kind) == [.state, .trade])
        session.finish(into: &batch)
        #expect(batch.events.count == 2)
    }
}
