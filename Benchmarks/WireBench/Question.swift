import NIOCore
import NIOEmbedded
import Wire

/// Something to measure: ours, and SwiftNIO's pipeline of the same work. Both run so many operations.
struct Question {
    let name: String
    let own: (Int) throws -> Void
    let nio: ((Int) throws -> Void)?

    /// A request as a browser sends it.
    static let request = ByteBuffer(
        string: "GET /v1/features/BTC-USDT.BINANCE?format=json HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"
            + "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\r\nAccept: */*\r\nAccept-Language: en\r\n"
            + "Accept-Encoding: gzip, deflate, br\r\nCache-Control: no-cache\r\nCookie: a=b\r\n\r\n"
    )
    /// A request as wrk sends it.
    static let shortRequest = ByteBuffer(
        string: "GET /v1/features/BTC-USDT.BINANCE HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n"
    )
    /// An answer of 200 bytes.
    static let answer = ByteBuffer(repeating: 0x61, count: 200)
    /// A message of 200 bytes as a delta is.
    static let delta =
        #"{"op":"delta","sub":1,"seq":123456,"t":[1795939200000000,1795939200000123,1795939200000456],"#
        + #""f":[[0,64123.45],[1,0.125],[2,-0.000125],[3,64123.46],[4,64123.44],[5,12.5],[6,0.75],[7,1.25],[8,3.5]]}"#

    static func all() throws -> [Question] {
        let frame = maskedFrame(ByteBuffer(string: delta))
        let large = ByteBuffer(string: String(repeating: delta, count: 20))
        return [
            Question(
                name: "HTTP: a request of 2 lines and its answer",
                own: { try Pipelines.exchange(Pipelines.ownHTTP(), shortRequest, $0) },
                nio: { try Pipelines.exchange(Pipelines.nioHTTP(), shortRequest, $0) }
            ),
            Question(
                name: "HTTP: a request of 8 lines and its answer",
                own: { try Pipelines.exchange(Pipelines.ownHTTP(), request, $0) },
                nio: { try Pipelines.exchange(Pipelines.nioHTTP(), request, $0) }
            ),
            Question(
                name: "WebSocket: a masked message of 200 bytes in",
                own: { try Pipelines.exchange(Pipelines.ownWebSocket(echoes: false), frame, $0) },
                nio: { try Pipelines.exchange(Pipelines.nioWebSocket(echoes: false), frame, $0) }
            ),
            Question(
                name: "WebSocket: the same, echoed",
                own: { try Pipelines.exchange(Pipelines.ownWebSocket(echoes: true), frame, $0) },
                nio: { try Pipelines.exchange(Pipelines.nioWebSocket(echoes: true), frame, $0) }
            ),
            Question(
                name: "WebSocket: a frame of 200 bytes made",
                own: { for _ in 0..<$0 { blackHole(WebSocketFrameWriter.text(delta)) } },
                nio: nil
            ),
            Question(
                name: "WebSocket: a message of 4,000 bytes compressed",
                own: {
                    let compression = WebSocketCompression()
                    for _ in 0..<$0 { blackHole(WebSocketFrameWriter.compressed(.text, large, by: compression)) }
                },
                nio: nil
            ),
        ]
    }

    /// A client's text frame.
    private static func maskedFrame(_ payload: ByteBuffer) -> ByteBuffer {
        let key: [UInt8] = [0x11, 0x22, 0x33, 0x44]
        var frame = ByteBuffer(bytes: [0x81, 0x80 | 126])
        frame.writeInteger(UInt16(payload.readableBytes))
        frame.writeBytes(key)
        frame.writeBytes(payload.readableBytesView.enumerated().map { $1 ^ key[$0 % 4] })
        return frame
    }
}

/// Keeps a result.
@inline(never) func blackHole(_ frame: ByteBuffer) { precondition(frame.readableBytes > 0) }
