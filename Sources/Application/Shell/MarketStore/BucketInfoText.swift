import Columnar
import MarketStore

/// The words of `\getinfo`.
enum BucketInfoText {
    /// MarketStore's numbers of types, in their order.
    private static let types = [
        "float32", "int32", "float64", "int64", "epoch", "byte", "bool", "none", "string", "int16", "uint8", "uint16",
        "uint32", "uint64", "string16",
    ]

    /// The type of a number; nil if it is none.
    static func type(_ number: Int64) -> String? {
        types.indices.contains(Int(clamping: number)) ? types[Int(clamping: number)] : nil
    }

    /// Kind, timeframe and latest year of a bucket in a line.
    static func summary(_ info: JSONAnswer, key: BucketKey) -> String {
        let isVariable = info["RecordType"]?.integer == 1
        let kind = isVariable ? "variable: any number of rows, to the nanosecond" : "fixed: a row a slot"
        let year = info["LatestYear"]?.integer.map { ", latest year \($0)" } ?? ""
        return "\(key): \(kind), timeframe \(key.timeframe)\(year)"
    }
}
