import NIOCore
import Testing

@testable import Wire

@Suite struct ValueTests {
    @Test func targetIsSplitAndDecoded() throws {
        let request = try #require(HTTPRequest(method: .get, target: "/v1/features/BTC%2DUSDT?q=a%26b+c&empty&x=1&x=2"))
        #expect(request.path == "/v1/features/BTC-USDT")
        #expect(request.parameter("q") == "a&b c")
        #expect(request.parameter("empty") == "")
        #expect(request.query.filter { $0.name == "x" }.map(\.value) == ["1", "2"])
        #expect(HTTPRequest(method: .get, target: "http://h:1/p?a=b")?.path == "/p")
        #expect(HTTPRequest(method: .get, target: "http://h:1")?.path == "/")
        for broken in ["", "x", "*", "/%", "/%4", "/%xx", "/%FF", "/?a=%C3"] {
            #expect(HTTPRequest(method: .get, target: broken) == nil, "\(broken)")
        }
    }

    @Test(arguments: 0..<50) func percentCodingRoundTrips(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
        func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
        let text = String((0..<20).map { _ in Character(Unicode.Scalar(UInt32(next() % 0xD000)) ?? "?") })
        #expect(PercentCoding.decode(PercentCoding.encode(text)) == text)
    }

    @Test func fieldsIgnoreCaseAndRefuseControlCharacters() {
        var fields: HTTPFields = ["Content-Type": "a/b", "X": "1"]
        fields.add("x", "2")
        fields.add("Evil", "a\r\nSet-Cookie: b")
        fields.add("Ev il", "a")
        #expect(fields["content-type"] == "a/b")
        #expect(fields.values(of: "X") == ["1", "2"])
        #expect(fields["Evil"] == nil)
        fields["X"] = "3"
        #expect(fields.values(of: "x") == ["3"])
        #expect(fields.count == 2)
    }

    @Test(arguments: [
        ("ws://localhost", "localhost", 80, "/", false), ("wss://a.b/c?d#e", "a.b", 443, "/c?d", true),
        ("http://[::1]:8080/x", "::1", 8080, "/x", false), ("https://h:1?q", "h", 1, "/?q", true),
    ])
    func urlsAreRead(text: String, host: String, port: Int, target: String, isTLS: Bool) throws {
        let url = try WireURL(text)
        #expect((url.host, url.port, url.target) == (host, port, target))
        #expect(url.isTLS == isTLS)
    }

    @Test(arguments: [
        "localhost", "ftp://x", "http://", "http://h:0", "http://h:99999", "http://u@h", "http://h/ö", "http://[::1",
    ])
    func brokenUrlsAreRefused(text: String) {
        #expect(throws: WireError.self) { try WireURL(text) }
    }

    @Test func digestsAndBase64AreThoseOfTheStandards() {
        let digest = SHA1.digest("abc".utf8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(digest == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(SHA1.digest([UInt8](repeating: 0x61, count: 119)).count == 20)
        #expect(
            ["", "f", "fo", "foo", "foob"].map { Base64.encode(Array($0.utf8)) } == [
                "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==",
            ]
        )
        #expect(HTTPDate.text(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
    }

    @Test(arguments: [0, 1, 125, 126, 65_535, 65_536])
    func framesBearTheirLength(count: Int) {
        let frame = WebSocketFrameWriter.frame(.binary, [UInt8](repeating: 5, count: count))
        let header = count < 126 ? 2 : count < 65_536 ? 4 : 10
        #expect(frame.readableBytes == header + count)
        #expect(frame.getInteger(at: frame.readerIndex, as: UInt8.self) == 0x82)
    }
}
