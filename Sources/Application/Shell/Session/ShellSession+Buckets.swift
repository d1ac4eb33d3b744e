import Columnar
import Foundation
import MarketStore

/// MarketStore's commands: its RPC where it has one, the query language for rows.
extension ShellSession {
    /// `\show`
    func show(_ key: BucketKey, from: Int64?, through: Int64?, isCSV: Bool) throws(ShellFailure) {
        let bucket = try stored(key)
        let statement = BucketStatements.rows(of: bucket, from: from, through: through)
        if isCSV { try writeCSV(statement) } else { try run(statement, singles: bucket.singles) }
    }

    /// `\create`
    func create(_ key: BucketKey, _ specification: ColumnSpecification, isVariable: Bool) throws(ShellFailure) {
        try rpc.callOne(
            "Create",
            [
                "Key": "\(key)\(BucketKey.category)",
                "ColumnNames": specification.columns.map(\.name),
                "ColumnTypes": specification.columns.map(\.type.rawValue),
                "IsVariableLength": isVariable,
            ]
        )
        try show(["created \(key)"])
    }

    /// `\destroy`
    func destroy(_ key: BucketKey) throws(ShellFailure) {
        guard try confirms("Destroy \(key) with all its rows?") else { return try show(["nothing was destroyed"]) }
        try rpc.callOne("Destroy", ["Key": key.description])
        try show(["destroyed \(key)"])
    }

    /// `\getinfo`
    func showInfo(of key: BucketKey) throws(ShellFailure) {
        let info = try rpc.callOne("GetInfo", ["Key": key.description])
        var pages = ResultPages(
            columns: [AnswerColumn(name: "column", type: "string"), AnswerColumn(name: "type", type: "string")],
            layout: layout
        )
        for column in info["DSV"]?.array ?? [] {
            let type = column["Type"]?.integer.flatMap(BucketInfoText.type) ?? "?"
            _ = pages.add([.text(column["Name"]?.string ?? ""), .text(type)])
        }
        try show(pages.finish())
        try show([BucketInfoText.summary(info, key: key)])
    }

    /// `\trim`
    func trim(_ key: BucketKey, from: Int64) throws(ShellFailure) {
        let bucket = try stored(key)
        guard try confirms("Delete the rows of \(key) from \(CivilTime.text(from)) on?") else {
            return try show(["nothing was deleted"])
        }
        try run(BucketStatements.deletion(of: bucket, from: from))
    }

    /// `\gaps`
    func showGaps(of key: BucketKey, timeframe: String?) throws(ShellFailure) {
        let word = timeframe ?? key.timeframe
        guard let frame = Timeframe(word) else {
            throw .refused("'\(word)' is no timeframe; one is a number and Sec, Min, H, D, W, M or Y, such as 5Min")
        }
        try run(BucketStatements.gaps(of: stored(key), timeframe: frame))
    }

    /// `\buckets`
    func showBuckets() throws(ShellFailure) {
        let keys = try rpc.call("ListSymbols", ["Format": "tbk"])["Results"]?.array.compactMap(\.string) ?? []
        try show(keys.sorted().map(DisplayWidth.printable) + ["(\(Self.count(Int64(keys.count), "bucket")))"])
    }

    /// Where the rows of a bucket are.
    func stored(_ key: BucketKey) throws(ShellFailure) -> StoredBucket {
        let statement = BucketStatements.place(of: key)
        guard let rows = connection.rows(of: statement), let row = rows.last, row.count == 3,
            let table = row[0] as? String, !table.isEmpty
        else {
            let keys = (try? rpc.call("ListSymbols", ["Format": "tbk"]))?["Results"]?.array.compactMap(\.string) ?? []
            let hint =
                nearest(to: key.description, in: keys).map { "did you mean \($0)?" } ?? "\\buckets lists those that are"
            throw .refused("there is no bucket \(key); \(hint)")
        }
        let singles = StoredBucket.singles(in: row[2] as? String ?? "")
        return StoredBucket(key: key, table: table, isVariable: row[1] as? Bool ?? false, singles: singles)
    }

    /// Asks a person; a script means what it says.
    private func confirms(_ question: String) throws(ShellFailure) -> Bool {
        guard isInteractive else { return true }
        try terminal.write("\(question) [y/N] ")
        let answer: String
        if terminal.isEditable {
            let keys = terminal.withKeys { terminal.readKeys(isBrief: false) } ?? []
            answer = String(decoding: keys, as: UTF8.self)
            try terminal.write(answer == "y" || answer == "Y" ? "yes\n" : "no\n")
        } else {
            answer = readLine() ?? ""
        }
        return ["y", "yes"].contains(answer.lowercased())
    }
}
