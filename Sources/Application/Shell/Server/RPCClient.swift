import Foundation
import NIOCore
import Wire

/// A JSON value of an answer, whose members are found whatever their case and underscores: MarketStore's codecs differ in
/// both.
struct JSONAnswer {
    let value: Any

    subscript(name: String) -> JSONAnswer? {
        guard let object = value as? [String: Any] else { return nil }
        if let member = object[name] { return JSONAnswer(value: member) }
        let wanted = Self.folded(name)
        return object.first { Self.folded($0.key) == wanted }.map { JSONAnswer(value: $0.value) }
    }

    var string: String? { value as? String }
    var integer: Int64? { (value as? NSNumber)?.int64Value }
    var array: [JSONAnswer] { (value as? [Any] ?? []).map(JSONAnswer.init) }

    private static func folded(_ name: String) -> String { name.replacing("_", with: "").lowercased() }
}

/// MarketStore's `DataService` over JSON-RPC.
struct RPCClient {
    let connection: GatewayConnection
    let interrupts: Interrupts

    /// Calls a method; gives its result.
    func call(_ method: String, _ parameters: [String: Any]) throws(ShellFailure) -> JSONAnswer {
        let envelope: [String: Any] = [
            "jsonrpc": "2.0", "id": 1, "method": "DataService.\(method)", "params": parameters,
        ]
        guard let body = try? JSONSerialization.data(withJSONObject: envelope) else {
            throw .refused("the arguments cannot be written as JSON")
        }
        let stream = try connection.openRPC(body)
        let response = try interrupts.handling(by: { stream.interrupt() }) { () throws(ShellFailure) in
            try stream.collect(bytesMax: GatewayConnection.answerBytesMax)
        }
        guard response.status.code == 200 else {
            if response.status.code == 404 {
                throw .refused("this gateway has no MarketStore RPC: /rpc is not served")
            }
            throw .refused(GatewayConnection.text(response))
        }
        guard let answer = try? JSONSerialization.jsonObject(with: Data(response.body.readableBytesView)) else {
            throw .refused("the gateway's answer to \(method) is no JSON")
        }
        let value = JSONAnswer(value: answer)
        if let error = value["error"], !(error.value is NSNull) {
            throw .refused(error["message"]?.string ?? "\(method) failed")
        }
        return value["result"] ?? JSONAnswer(value: NSNull())
    }

    /// Calls a method with one request, whose answer may have an error of its own; gives that answer.
    @discardableResult
    func callOne(_ method: String, _ request: [String: Any]) throws(ShellFailure) -> JSONAnswer {
        let result = try call(method, ["Requests": [request]])
        let first = result["Responses"]?.array.first ?? result
        let outcome = first["ServerResp"] ?? first
        if let error = outcome["Error"]?.string, !error.isEmpty { throw .refused(error) }
        return first
    }
}
