import NIOCore
import NIOEmbedded
import NIOHTTP1

@testable import Wire

/// A message as a parser saw it, ours or SwiftNIO's.
struct SeenMessage: Hashable {
    /// Method and target, or the status.
    var line: [String]
    var fields: [[String]]
    var body: [UInt8] = []
    var isComplete = false
}

/// All that a parser made of some bytes.
struct Seen: Hashable {
    var messages: [SeenMessage] = []
    var isRefused = false

    mutating func begin(_ line: [String], _ fields: [[String]]) {
        messages.append(SeenMessage(line: line, fields: fields))
    }
    mutating func append(_ bytes: ByteBuffer) { messages[messages.count - 1].body += Array(bytes.readableBytesView) }
    mutating func end() { messages[messages.count - 1].isComplete = true }
}

/// What our parser makes of requests, the rule by which it refused, and how many bytes wait for more.
func ourRequests(_ pieces: [ByteBuffer]) -> (seen: Seen, violation: HTTPViolation?, unread: Int) {
    let limits = HTTPLimits()
    var parser = HTTPRequestParser(headBytesMax: limits.headBytesMax, headerFieldsMax: limits.headerFieldsMax)
    var input = ByteBuffer()
    var seen = Seen()
    for piece in pieces {
        input.writeImmutableBuffer(piece)
        do throws(HTTPViolation) {
            while let part = try parser.next(&input) {
                switch part {
                case .head(let request, _):
                    seen.begin(
                        [request.method.rawValue, request.target],
                        request.fields.all.map { [$0.name, $0.value] }
                    )
                case .body(let bytes): seen.append(bytes)
                case .end: seen.end()
                }
            }
        } catch {
            seen.isRefused = true
            return (seen, error, 0)
        }
    }
    return (seen, nil, input.readableBytes)
}

private func trimmed(_ value: String) -> String { String(Substring(HTTPCharacters.trimmed(value.utf8))) }

/// What SwiftNIO's decoder makes of requests.
func nioRequests(_ pieces: [ByteBuffer]) -> Seen {
    let channel = EmbeddedChannel(handler: ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)))
    var seen = Seen()
    for piece in pieces where !seen.isRefused {
        do { try channel.writeInbound(piece) } catch { seen.isRefused = true }
        while let part = try? channel.readInbound(as: HTTPServerRequestPart.self) {
            switch part {
            case .head(let head):
                // It leaves tabs behind a value, which are no part of it (RFC 9112 §5.1).
                seen.begin([head.method.rawValue, head.uri], head.headers.map { [$0.name, trimmed($0.value)] })
            case .body(let bytes): seen.append(bytes)
            case .end: seen.end()
            }
        }
    }
    _ = try? channel.finish(acceptAlreadyClosed: true)
    return seen
}

/// What our parser makes of a response, with the connection's end behind it.
func ourResponse(_ pieces: [ByteBuffer], to method: Wire.HTTPMethod = .get) -> (seen: Seen, violation: HTTPViolation?) {
    var parser = HTTPResponseParser(method: method)
    var input = ByteBuffer()
    var seen = Seen()
    func take(_ part: HTTPResponseParser.Part) {
        switch part {
        case .head(let status, let fields): seen.begin(["\(status.code)"], fields.all.map { [$0.name, $0.value] })
        case .body(let bytes): seen.append(bytes)
        case .end: seen.end()
        }
    }
    do throws(HTTPViolation) {
        for piece in pieces {
            input.writeImmutableBuffer(piece)
            while let part = try parser.next(&input) { take(part) }
        }
        if let part = try parser.connectionEnded() { take(part) }
    } catch {
        seen.isRefused = true
        return (seen, error)
    }
    return (seen, nil)
}

/// What SwiftNIO's decoder makes of a response to a GET or a HEAD.
func nioResponse(_ pieces: [ByteBuffer], isToHead: Bool = false) -> Seen {
    let channel = EmbeddedChannel()
    let decoder = ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes))
    _ = try? channel.pipeline.syncOperations.addHandlers(HTTPRequestEncoder(), decoder)
    let head = HTTPRequestHead(version: .http1_1, method: isToHead ? .HEAD : .GET, uri: "/", headers: ["Host": "x"])
    _ = try? channel.writeOutbound(HTTPClientRequestPart.head(head))
    _ = try? channel.writeOutbound(HTTPClientRequestPart.end(nil))
    var seen = Seen()
    func drain() {
        while let part = try? channel.readInbound(as: HTTPClientResponsePart.self) {
            switch part {
            case .head(let head):
                if head.status.code < 200 { continue }
                seen.begin(["\(head.status.code)"], head.headers.map { [$0.name, trimmed($0.value)] })
            case .body(let bytes): if !seen.messages.isEmpty { seen.append(bytes) }
            case .end: if !seen.messages.isEmpty { seen.end() }
            }
        }
    }
    for piece in pieces where !seen.isRefused {
        do { try channel.writeInbound(piece) } catch { seen.isRefused = true }
        drain()
    }
    do { _ = try channel.finish(acceptAlreadyClosed: true) } catch { seen.isRefused = true }
    drain()
    return seen
}
