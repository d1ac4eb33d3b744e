import Testing

@testable import Simulator

@Suite struct ClientMessageTests {
    @Test func aSubscriptionIsRead() throws {
        let message = try ClientMessage(
            Array(#" { "method" : "SUBSCRIBE", "x": [1,{"y":null}], "params":["a@trade" ,"b"], "id": 12 } "#.utf8)
        )
        #expect(message.method == "SUBSCRIBE")
        #expect(message.params == ["a@trade", "b"])
        #expect(message.id == "12")
    }

    @Test func idsAreGivenBackAsTheyWere() throws {
        #expect(try ClientMessage(Array(#"{"id":"abc","method":"X"}"#.utf8)).id == "\"abc\"")
        #expect(try ClientMessage(Array("{}".utf8)).id == "null")
    }

    @Test(arguments: [
        "", "x", "{", "{]", "{\"a\":}", "{\"params\":[1]}", "[]", "{} x",
        "{\"a\":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}",
    ])
    func whatIsNotAMessageIsRefused(text: String) {
        #expect(throws: ClientMessage.SyntaxError.self) { try ClientMessage(Array(text.utf8)) }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func mutatedMessagesNeverTrap(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let good = Array(#"{"method":"SUBSCRIBE","params":["btcusdt@depth@100ms","x"],"id":{"a":[1.5e3,true]}}"#.utf8)
        for _ in 0..<2_000 {
            var bytes = good
            for _ in 0...random.below(4) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
            bytes.removeLast(random.below(bytes.count))
            _ = try? ClientMessage(bytes)
            _ = try? FlatObject(bytes)
        }
    }
}
