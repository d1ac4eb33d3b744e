import Columnar
import Documents
import TestSupport
import Testing

@testable import MarketStore

@Suite("RPC")
struct RPCServerTests {
    private func server(_ change: (ServiceFixture) throws -> Void = { _ in }) throws -> (RPCServer, ServiceFixture) {
        let fixture = try ServiceFixture()
        try change(fixture)
        return (RPCServer(fixture.service), fixture)
    }

    private func json(_ server: RPCServer, _ text: String) -> String {
        String(decoding: server.reply(to: Array(text.utf8), .json).body.flatMap { $0 }, as: UTF8.self)
    }

    @Test("tells codecs by the content type")
    func contentTypes() {
        #expect(RPCCodec(contentType: "application/x-msgpack") == .messagePack)
        #expect(RPCCodec(contentType: "Application/JSON ; charset=utf-8") == .json)
        #expect(RPCCodec(contentType: "text/plain") == nil)
        #expect(RPCCodec(contentType: "") == nil)
    }

    @Test("takes both spellings of names, and gives the id back as it was")
    func spellings() throws {
        let (server, fixture) = try server {
            $0.write("A/1Min/X", [.epoch([0, 60]), .of("V", "i8", [1, 2] as [Int64])])
        }
        defer { withExtendedLifetime(fixture) {} }
        for limit in ["limit_record_count", "LimitRecordCount", "limitRecordCount"] {
            let answer = json(
                server,
                """
                {"jsonrpc":"2.0","method":"DataService.Query","id":[1,"x",null,{"a":-1.5}],
                 "params":[{"requests":[{"destination":"A/1Min/X","\(limit)":1}]}]}
                """
            )
            #expect(
                answer == """
                    {"jsonrpc":"2.0","result":{"Responses":[{"Result":{"ColumnTypes":["i8","i8"],"ColumnNames":\
                    ["Epoch","V"],"ColumnData":["PAAAAAAAAAA=","AgAAAAAAAAA="],"Length":1,"StartIndex":\
                    {"A/1Min/X:Symbol/Timeframe/AttributeGroup":0},"Lengths":\
                    {"A/1Min/X:Symbol/Timeframe/AttributeGroup":1}}}],"Version":"test","Timezone":"UTC"},\
                    "id":[1,"x",null,{"a":-1.5}]}

                    """
            )
        }
    }

    @Test("says what is wrong with a call, and where")
    func failures() throws {
        let (server, fixture) = try server()
        defer { withExtendedLifetime(fixture) {} }
        func message(_ method: String, _ parameters: String) -> String {
            json(server, #"{"jsonrpc":"2.0","id":1,"method":"DataService.\#(method)","params":\#(parameters)}"#)
        }
        #expect(message("Query", "7").contains("params must be a map"))
        #expect(message("Query", #"{"requests":7}"#).contains("requests must be a list"))
        #expect(
            message("Query", #"{"requests":[{},{"destination":1}]}"#)
                .contains(#"{"code":-32602,"message":"requests[1]: destination must be text","data":null}"#)
        )
        #expect(message("Query", #"{"requests":[{"limit_record_count":1.5}]}"#).contains("must be a whole number"))
        #expect(message("Create", #"{"requests":[{"row_type":"nope"}]}"#).contains("must be one of fixed or variable"))
        #expect(message("Write", #"{"requests":[{}]}"#).contains(#""Responses":[{"Error":"a write has no dataset""#))
        let half = #"{"dataset":{"names":["Epoch"],"types":["i8"],"data":["AAAAAAAAAAA="],"length":1,"#
        #expect(
            message("Write", #"{"requests":[\#(half)"startindex":{"A/1Min/X":0}}}]}"#).contains(
                "startindex and lengths"
            )
        )
        #expect(
            message("Write", #"{"requests":[\#(half)"lengths":{"A/1Min/X":1}}}]}"#).contains("startindex and lengths")
        )
        #expect(
            message("Write", #"{"requests":[\#(half)"startindex":{"A/1Min/X":0},"lengths":{"A/1Min/X":1}}}]}"#)
                .contains(#""result":{"Responses":null}"#)
        )
        #expect(fixture.service.list(.bucketKey) == ["A/1Min/X"])
        #expect(
            json(
                server,
                #"{"jsonrpc":"2.0","method":"DataService.Destroy","params":{"requests":[{"key":"A/1Min/X"}]}}"#
            ) == ""
        )
        #expect(fixture.service.list(.bucketKey) == [])
    }

    @Test("writes base64 that it reads")
    func base64() {
        for count in 0...40 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) }
            var text: [UInt8] = []
            Base64.append(bytes, to: &text)
            #expect(Base64.bytes(of: String(decoding: text, as: UTF8.self)) == bytes)
        }
        for text in ["A", "AA", "A===", "AA=A", "A A=", "é==="] { #expect(Base64.bytes(of: text) == nil, "\(text)") }
    }
}

/// Bytes that are almost calls.
@Suite("Malformed calls")
struct MalformedCallTests {
    @Test("are answered or passed over, whatever was changed in them", arguments: 1...8 as ClosedRange<UInt64>)
    func mutations(seed: UInt64) throws {
        let fixture = try ServiceFixture()
        let server = RPCServer(fixture.service)
        var generator = SeededGenerator(seed: seed)
        var writer = RPCWriter(.messagePack)
        writer.value(
            try JSONReader.value(
                of: Array(
                    """
                    {"jsonrpc":"2.0","id":1,"method":"DataService.Write","params":{"requests":[{"dataset":{"names":["Epoch","V"],
                    "types":["i8","u1"],"data":["AAAAAAAA","A"],"length":1,"startindex":{"A/1Min/X":0},
                    "lengths":{"A/1Min/X":1}},"is_variable_length":true}]}}
                    """.utf8
                )
            )
        )
        let call = writer.finish().flatMap { $0 }
        for _ in 0..<2_000 {
            var bytes = call
            for _ in 0..<generator.int(1...4) {
                switch generator.int(0...2) {
                case 0: bytes[generator.int(0...bytes.count - 1)] = UInt8(truncatingIfNeeded: generator.next())
                case 1 where bytes.count > 1: bytes.remove(at: generator.int(0...bytes.count - 1))
                default: bytes.insert(UInt8(truncatingIfNeeded: generator.next()), at: generator.int(0...bytes.count))
                }
            }
            let body = server.reply(to: bytes, .messagePack).body.flatMap { $0 }
            if !body.isEmpty { _ = try MessagePackReader.value(of: body) }
        }
    }
}
