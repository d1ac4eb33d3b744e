import NIOCore
import Testing

@testable import Wire

@Suite struct HTTPRequestParserTests {
    /// A pipeline of right requests.
    static func requests(_ generator: inout SeededGenerator) -> String {
        var text = ""
        for number in 0..<Int.random(in: 1...4, using: &generator) {
            let method = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"].randomElement(using: &generator) ?? "GET"
            let target = [
                "/", "/a/b?c=d&e", "/%41%20b", "http://x/abs?q=1", "/" + String(repeating: "long", count: 30),
            ]
            text += "\(method) \(target.randomElement(using: &generator) ?? "/") HTTP/1.1\r\nHost: x\r\n"
            for field in 0..<Int.random(in: 0...12, using: &generator) {
                let value = ["", "1", "a b\tc", "é", "\"q,;\"", String(repeating: "v", count: 90)]
                text += "X-F\(field):\([" ", "", "  \t"].randomElement(using: &generator) ?? "")"
                text += "\(value.randomElement(using: &generator) ?? "")\r\n"
            }
            let body = String(repeating: "b\(number)", count: Int.random(in: 0...60, using: &generator))
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: text += "\r\n"
            case 1: text += "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
            default:
                text += "Transfer-Encoding: Chunked\r\n\r\n"
                var rest = Substring(body)
                while !rest.isEmpty {
                    let part = rest.prefix(Int.random(in: 1...40, using: &generator))
                    rest = rest.dropFirst(part.count)
                    let tail = Bool.random(using: &generator) ? ";n=\"v\";m" : ""
                    text += "\(String(part.utf8.count, radix: 16, uppercase: true))\(tail)\r\n\(part)\r\n"
                }
                text += "0\r\n\(Bool.random(using: &generator) ? "X-Trailer: t\r\n" : "")\r\n"
            }
        }
        return text
    }

    @Test(arguments: 0..<300) func rightRequestsAreSeenAsSwiftNIOSeesThem(seed: UInt64) {
        var generator = SeededGenerator(seed)
        let bytes = ByteBuffer(string: Self.requests(&generator))
        let pieces = bytes.pieces(using: &generator, max: seed % 2 == 0 ? 7 : 300)
        let ours = ourRequests(pieces)
        #expect(ours.violation == nil)
        #expect(ours.seen == nioRequests([bytes]))
    }

    /// A byte is changed anywhere: what we take, SwiftNIO takes, and sees the same. The other way round it need not be.
    @Test(arguments: 0..<600) func weTakeNothingThatSwiftNIORefuses(seed: UInt64) {
        var generator = SeededGenerator(seed &+ 5_000)
        var bytes = Array(Self.requests(&generator).utf8)
        let usual = Array("\r\n :;,\t0\u{0}Aa\u{7F}".utf8)
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        let byte =
            seed % 2 == 0 ? usual.randomElement(using: &generator) ?? 0 : UInt8.random(in: 0...255, using: &generator)
        bytes[place] = byte
        let whole = ByteBuffer(bytes: bytes)
        let ours = ourRequests(whole.pieces(using: &generator, max: 50))
        #expect(ours.seen == ourRequests([whole]).seen, "cuts change nothing")
        guard ours.violation == nil else { return }
        // Methods that nobody knows are a matter for the handler, which answers 405.
        let known: Set<String> = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"]
        guard ours.seen.messages.allSatisfy({ known.contains($0.line[0]) }) else { return }
        let nio = nioRequests([whole])
        // We judge a line when it is whole; SwiftNIO may refuse it before.
        if nio.messages != ours.seen.messages || nio.isRefused && ours.unread == 0 {
            Issue.record("\(String(decoding: bytes, as: UTF8.self).debugDescription)\n\(nio)\n\(ours.seen)")
        }
    }

    @Test func everyCutInTwoIsTheSame() {
        let text =
            "\r\nPOST /a?b HTTP/1.1\r\nHost: x\r\nA:  b \r\nTransfer-Encoding: chunked\r\n\r\n3;e=f\r\nabc\r\n0\r\nT: u\r\n\r\n"
            + "GET / HTTP/1.0\r\n\r\nPUT /c HTTP/1.1\r\nhost: y\r\ncontent-length: 2\r\n\r\nde"
        let whole = ourRequests([ByteBuffer(string: text)])
        #expect(whole.violation == nil && whole.seen.messages.count == 3)
        #expect(whole.seen.messages.map(\.body) == [Array("abc".utf8), [], Array("de".utf8)])
        let bytes = Array(text.utf8)
        for place in 0...bytes.count {
            let cut = ourRequests([ByteBuffer(bytes: bytes[..<place]), ByteBuffer(bytes: bytes[place...])])
            #expect(cut.seen == whole.seen, "cut at \(place)")
        }
    }

    private static let start = "POST / HTTP/1.1\r\nHost: x\r\n"
    private static let chunked = start + "Transfer-Encoding: chunked\r\n\r\n"
    /// What must not pass, by the rule that says so.
    static let refused: [(name: String, text: String, rule: HTTPViolation)] = [
        ("two spaces", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n", .requestLine),
        ("a tab for a space", "GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n", .requestLine),
        ("space before the method", " GET / HTTP/1.1\r\nHost: x\r\n\r\n", .requestLine),
        ("space behind the version", "GET / HTTP/1.1 \r\nHost: x\r\n\r\n", .requestLine),
        ("no version", "GET /\r\nHost: x\r\n\r\n", .requestLine),
        ("NUL in the target", "GET /\u{0} HTTP/1.1\r\nHost: x\r\n\r\n", .requestLine),
        ("method that is no token", "G(T / HTTP/1.1\r\nHost: x\r\n\r\n", .requestLine),
        ("two empty lines before it", "\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", .requestLine),
        ("lower-case version", "GET / http/1.1\r\nHost: x\r\n\r\n", .requestLine),
        ("version of two digits", "GET / HTTP/1.10\r\nHost: x\r\n\r\n", .requestLine),
        ("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .version),
        ("HTTP/1.2", "GET / HTTP/1.2\r\nHost: x\r\n\r\n", .version),
        ("HTTP/0.9", "GET / HTTP/0.9\r\nHost: x\r\n\r\n", .version),
        ("CONNECT", "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n", .target),
        ("asterisk", "GET * HTTP/1.1\r\nHost: x\r\n\r\n", .target),
        ("escape cut short", "GET /%4 HTTP/1.1\r\nHost: x\r\n\r\n", .target),
        ("another scheme", "GET ftp://x/ HTTP/1.1\r\nHost: x\r\n\r\n", .target),
        ("no Host", "GET / HTTP/1.1\r\n\r\n", .host),
        ("two Hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", .host),
        ("Host with a path", "GET / HTTP/1.1\r\nHost: x/y\r\n\r\n", .host),
        ("list of Hosts", "GET / HTTP/1.1\r\nHost: x, y\r\n\r\n", .host),
        ("absolute form of another host", "GET http://y/ HTTP/1.1\r\nHost: x\r\n\r\n", .host),
        ("absolute form with a user", "GET http://x@y/ HTTP/1.1\r\nHost: y\r\n\r\n", .host),
        ("absolute form with another port", "GET http://x:81/ HTTP/1.1\r\nHost: x\r\n\r\n", .host),
        ("bare LF behind the request line", "GET / HTTP/1.1\nHost: x\r\n\r\n", .bareLineFeed),
        ("bare LF behind a field", "GET / HTTP/1.1\r\nHost: x\n\r\n", .bareLineFeed),
        ("bare LF as the empty line", "GET / HTTP/1.1\r\nHost: x\r\n\n", .bareLineFeed),
        ("bare CR in a value", "GET / HTTP/1.1\r\nHost: x\r\nA: b\rC: d\r\n\r\n", .fieldValue),
        ("NUL in a value", "GET / HTTP/1.1\r\nHost: x\r\nA: b\u{0}\r\n\r\n", .fieldValue),
        ("bell in a value", "GET / HTTP/1.1\r\nHost: x\r\nA: \u{7}\r\n\r\n", .fieldValue),
        ("DEL in a value", "GET / HTTP/1.1\r\nHost: x\r\nA: \u{7F}\r\n\r\n", .fieldValue),
        ("folded field", "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", .foldedField),
        ("folded first field", "GET / HTTP/1.1\r\n\tHost: x\r\n\r\n", .foldedField),
        ("space before the colon", "GET / HTTP/1.1\r\nHost: x\r\nContent-Length : 3\r\n\r\n", .blankBeforeColon),
        ("tab before the colon", "GET / HTTP/1.1\r\nHost\t: x\r\n\r\n", .blankBeforeColon),
        ("space in a name", "GET / HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n", .blankBeforeColon),
        ("no colon", "GET / HTTP/1.1\r\nHost: x\r\nAb\r\n\r\n", .fieldName),
        ("no name", "GET / HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n", .fieldName),
        ("name that is no token", "GET / HTTP/1.1\r\nHost: x\r\nA[]: b\r\n\r\n", .fieldName),
        ("NUL in a name", "GET / HTTP/1.1\r\nHost: x\r\nA\u{0}: b\r\n\r\n", .fieldName),
        ("length and chunks", start + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", .lengthAndCoding),
        ("chunks and length", start + "transfer-encoding: chunked\r\ncontent-length: 0\r\n\r\n", .lengthAndCoding),
        ("two lengths", start + "Content-Length: 3\r\nContent-Length: 4\r\n\r\n", .repeatedLength),
        ("a length twice", start + "Content-Length: 3\r\nContent-Length: 3\r\n\r\n", .repeatedLength),
        ("list of lengths", start + "Content-Length: 3, 3\r\n\r\n", .contentLength),
        ("negative length", start + "Content-Length: -1\r\n\r\n", .contentLength),
        ("signed length", start + "Content-Length: +1\r\n\r\n", .contentLength),
        ("hexadecimal length", start + "Content-Length: 0x1\r\n\r\n", .contentLength),
        ("no length", start + "Content-Length:\r\n\r\n", .contentLength),
        ("huge length", start + "Content-Length: 18446744073709551617\r\n\r\n", .contentLength),
        ("length of 19 digits", start + "Content-Length: 0000000000000000003\r\n\r\n", .contentLength),
        ("identity behind chunked", start + "Transfer-Encoding: chunked, identity\r\n\r\n", .transferEncoding),
        ("identity", start + "Transfer-Encoding: identity\r\n\r\n", .transferEncoding),
        ("chunked twice", start + "Transfer-Encoding: chunked, chunked\r\n\r\n", .transferEncoding),
        ("two codings", start + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", .transferEncoding),
        ("misspelt coding", start + "Transfer-Encoding: xchunked\r\n\r\n", .transferEncoding),
        ("no coding", start + "Transfer-Encoding:\r\n\r\n", .transferEncoding),
        ("vertical tab before the coding", start + "Transfer-Encoding: \u{B}chunked\r\n\r\n", .fieldValue),
        ("another coding", start + "Transfer-Encoding: gzip, chunked\r\n\r\n", .unknownCoding),
        ("coding in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", .codingBeforeHTTP11),
        ("size that is no number", chunked + "g\r\n", .chunkSize),
        ("no size", chunked + "\r\n", .chunkSize),
        ("negative size", chunked + "-1\r\n", .chunkSize),
        ("size with a prefix", chunked + "0x1\r\na\r\n", .chunkSize),
        ("huge size", chunked + "10000000000000000\r\n", .chunkSize),
        ("size of 16 digits", chunked + "0000000000000001\r\na\r\n", .chunkSize),
        ("space behind the size", chunked + "1 \r\na\r\n", .chunkSize),
        ("bare LF behind the size", chunked + "1\na\r\n", .chunkSize),
        ("bare CR behind the size", chunked + "1\ra\r\n", .chunkExtension),
        ("control character in an extension", chunked + "1;a\u{1}\r\na\r\n", .chunkExtension),
        ("extension without a name", chunked + "1;;a\r\na\r\n", .chunkExtension),
        ("space in an extension", chunked + "1; a\r\na\r\n", .chunkExtension),
        ("extension without its value", chunked + "1;a=\r\na\r\n", .chunkExtension),
        ("open quotation in an extension", chunked + "1;a=\"b\r\na\r\n", .chunkExtension),
        ("something behind a quotation", chunked + "1;a=\"b\"c\r\na\r\n", .chunkExtension),
        ("bare LF in an extension", chunked + "1;a\n\r\na\r\n", .chunkExtension),
        ("long extension", chunked + "1;" + String(repeating: "a", count: 300) + "\r\n", .chunkExtension),
        (
            "many extensions",
            chunked + String(repeating: "1;" + String(repeating: "a", count: 200) + "\r\na\r\n", count: 90),
            .chunkExtension
        ),
        ("chunk longer than its size", chunked + "1\r\nab\r\n", .chunkEnd),
        ("LF behind a chunk", chunked + "1\r\na\n0\r\n\r\n", .chunkEnd),
        ("length as a trailer", chunked + "0\r\nContent-Length: 3\r\n\r\n", .trailerField),
        ("Host as a trailer", chunked + "0\r\nHost: y\r\n\r\n", .trailerField),
        ("folded trailer", chunked + "0\r\nA: b\r\n c\r\n\r\n", .foldedField),
        ("endless trailer", chunked + "0\r\nA: " + String(repeating: "a", count: 10_000), .headTooLarge),
        ("many trailers", chunked + "0\r\n" + String(repeating: "A: b\r\n", count: 40), .tooManyFields),
        ("many fields", start + String(repeating: "A: b\r\n", count: 100), .tooManyFields),
        ("long head", start + "A: " + String(repeating: "a", count: 70_000) + "\r\n", .headTooLarge),
        ("endless line", "GET /" + String(repeating: "a", count: 70_000), .headTooLarge),
    ]

    @Test(arguments: refused.indices) func badRequestIsRefusedByItsRule(index: Int) {
        let (name, text, rule) = Self.refused[index]
        #expect(ourRequests([ByteBuffer(string: text)]).violation == rule, "\(name)")
        let bytes = Array(text.utf8)
        if bytes.count < 2_000 {
            #expect(ourRequests(bytes.map { ByteBuffer(bytes: [$0]) }).violation == rule, "\(name), byte by byte")
        }
    }

    @Test func everyRuleOfRequestsIsTested() {
        let others: Set<HTTPViolation> = [.statusLine, .tooManyInterimResponses, .endedEarly]
        #expect(Set(Self.refused.map(\.rule)) == Set(HTTPViolation.allCases).subtracting(others))
    }

    @Test func nothingIsTakenBehindAViolation() throws {
        var parser = HTTPRequestParser(headBytesMax: 1_000, headerFieldsMax: 10)
        var input = ByteBuffer(string: "BAD\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(throws: HTTPViolation.requestLine) { try parser.next(&input) }
        guard case nil = try parser.next(&input) else {
            Issue.record("something followed")
            return
        }
        #expect(input.readableBytes == 0)
    }
}

@Suite struct HTTPResponseParserTests {
    private static let right: [String] = [
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "HTTP/1.1 204 No Content\r\nX: y\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\nto the end",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1;x\r\nd\r\n0\r\nT: u\r\n\r\n",
        "HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 503 Service Unavailable, é\r\nContent-Length: 1\r\n\r\nx",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
    ]

    @Test(arguments: right) func rightResponsesAreSeenAsSwiftNIOSeesThem(text: String) {
        let bytes = ByteBuffer(string: text)
        let expected = nioResponse([bytes])
        #expect(expected.messages.last?.isComplete == true)
        for place in 0...bytes.readableBytes {
            let view = bytes.readableBytesView
            let cut = ourResponse([ByteBuffer(bytes: view.prefix(place)), ByteBuffer(bytes: view.dropFirst(place))])
            #expect(cut.violation == nil && cut.seen == expected, "cut at \(place)")
        }
    }

    @Test func answersToHEADHaveNoBody() {
        let bytes = ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n")
        let ours = ourResponse([bytes], to: .head)
        #expect(ours.violation == nil && ours.seen == nioResponse([bytes], isToHead: true))
    }

    @Test(arguments: 0..<300) func weTakeNoResponseThatSwiftNIORefuses(seed: UInt64) {
        var generator = SeededGenerator(seed &+ 9_000)
        var bytes = Array((Self.right.randomElement(using: &generator) ?? "").utf8)
        let usual = Array("\r\n :;,\t0\u{0}A1\u{7F}".utf8)
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = usual.randomElement(using: &generator) ?? 0
        let whole = ByteBuffer(bytes: bytes)
        let ours = ourResponse(whole.pieces(using: &generator, max: 20))
        #expect(ours.seen == ourResponse([whole]).seen, "cuts change nothing")
        guard ours.violation == nil else { return }
        let nio = nioResponse([whole])
        if nio != ours.seen {
            Issue.record("\(String(decoding: bytes, as: UTF8.self).debugDescription)\n\(nio)\n\(ours.seen)")
        }
    }

    static let refused: [(text: String, rule: HTTPViolation)] = [
        ("HTTP/1.1 OK\r\n\r\n", .statusLine), ("HTTP/2 200 OK\r\n\r\n", .statusLine),
        ("http/1.1 200 OK\r\n\r\n", .statusLine),
        ("HTTP/1.1 20 OK\r\n\r\n", .statusLine), ("HTTP/1.1 2000 OK\r\n\r\n", .statusLine),
        ("HTTP/1.1 600 OK\r\n\r\n", .statusLine), ("HTTP/1.1 099 OK\r\n\r\n", .statusLine),
        ("HTTP/1.1  200 OK\r\n\r\n", .statusLine), ("HTTP/1.1 200 O\u{1}K\r\n\r\n", .statusLine),
        ("SSH-2.0-x\r\n", .statusLine),
        ("HTTP/1.1 200 OK\nA: b\r\n\r\n", .bareLineFeed),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", .lengthAndCoding),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", .repeatedLength),
        ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", .codingBeforeHTTP11),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", .unknownCoding),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", .endedEarly),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", .endedEarly),
        ("HTTP/1.1 200", .endedEarly),
        ("", .endedEarly), (String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 17), .tooManyInterimResponses),
        ("HTTP/1.1 200 OK\r\nA: " + String(repeating: "a", count: 70_000), .headTooLarge),
    ]

    @Test(arguments: refused.indices) func badResponseIsRefusedByItsRule(index: Int) {
        let (text, rule) = Self.refused[index]
        #expect(ourResponse([ByteBuffer(string: text)]).violation == rule, "\(text.prefix(60))")
    }

    @Test func whatFollowsASwitchOfProtocolsIsLeft() throws {
        var parser = HTTPResponseParser(method: .get)
        var input = ByteBuffer(string: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\u{1}\u{2}")
        guard case .head(let status, let fields) = try parser.next(&input) else {
            Issue.record("no head")
            return
        }
        #expect(status.code == 101 && fields["upgrade"] == "websocket")
        guard case nil = try parser.next(&input) else {
            Issue.record("something followed")
            return
        }
        #expect(Array(input.readableBytesView) == [1, 2])
    }
}
