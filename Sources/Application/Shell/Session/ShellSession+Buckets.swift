import Columnar
import Engine
import Foundation
import MarketStore

/// MarketStore's commands: its RPC where it has one, the query language for rows.
extension ShellSession {
    /// `\show`; of a timeframe that is not stored bars, as a query gives them.
    func show(_ key: BucketKey, from: Int64?, through: Int64?, isCSV: Bool) throws(ShellFailure) {
        guard let bucket = place(of: key) ?? described(key) ?? barSource(of: key) ?? readable(key) else {
            throw missing(key)
        }
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
        do throws(ShellFailure) {
            try rpc.callOne("Destroy", ["Key": key.description])
        } catch {
            throw missing(key, error)
        }
        try show(["destroyed \(key)"])
    }

    /// `\getinfo`
    func showInfo(of key: BucketKey) throws(ShellFailure) {
        let info: JSONAnswer
        do throws(ShellFailure) {
            info = try rpc.callOne("GetInfo", ["Key": key.description])
        } catch {
            throw missing(key, error)
        }
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
        guard !bucket.isOfFeed else {
            throw .refused(
                "\(key) holds the bars of the gateway's own feed; DELETE FROM \"\(bucket.table)\" removes rows of it"
            )
        }
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
        let keys = try self.keys()
        try show(keys.sorted().map(DisplayWidth.printable) + ["(\(Self.count(Int64(keys.count), "bucket")))"])
    }

    /// Where the rows of a bucket are.
    func stored(_ key: BucketKey) throws(ShellFailure) -> StoredBucket {
        guard let bucket = place(of: key) else { throw missing(key) }
        return bucket
    }

    /// The same; nil if there is no such bucket.
    private func place(of key: BucketKey) -> StoredBucket? {
        guard let rows = connection.rows(of: BucketStatements.place(of: key)), let row = rows.last, row.count == 3,
            let table = row[0] as? String, !table.isEmpty
        else {
            guard let place = BucketStatements.placeInFeed(of: key), connection.rows(of: place)?.isEmpty == false
            else { return nil }
            return StoredBucket(key: key, table: MarketTables.bars, isVariable: false, isOfFeed: true)
        }
        let singles = StoredBucket.singles(in: row[2] as? String ?? "")
        return StoredBucket(key: key, table: table, isVariable: row[1] as? Bool ?? false, singles: singles)
    }

    /// A bucket that is no client's, as the service describes it, without a table; nil if there is none.
    private func described(_ key: BucketKey) -> StoredBucket? {
        guard let info = try? rpc.callOne("GetInfo", ["Key": key.description]), let columns = info["DSV"]?.array else {
            return nil
        }
        let singles = columns.filter { $0["Type"]?.integer == WireType.float32.number }.compactMap {
            $0["Name"]?.string
        }
        let isVariable = info["RecordType"]?.integer == 1
        return StoredBucket(key: key, table: "", isVariable: isVariable, singles: Set(singles))
    }

    /// Bars of a timeframe that is not stored, as a bucket; nil if the symbol has none that they could be made of.
    private func barSource(of key: BucketKey) -> StoredBucket? {
        guard let timeframe = Timeframe(key.timeframe) else { return nil }
        let source = ((try? keys()) ?? []).lazy.compactMap { BucketKey($0) }.first { other in
            other.symbol == key.symbol && other.attribute == key.attribute
                && Timeframe(other.timeframe).map { $0.divides(timeframe) } ?? false
        }
        return source.flatMap { place(of: $0) ?? described($0) }.map {
            StoredBucket(key: key, table: $0.table, isVariable: false, singles: $0.singles)
        }
    }

    /// A name that statements know, though no list has it: an instrument of the feed without its venue.
    private func readable(_ key: BucketKey) -> StoredBucket? {
        guard !key.description.contains("`"), connection.rows(of: "SELECT * FROM `\(key)` LIMIT 1") != nil else {
            return nil
        }
        return StoredBucket(key: key, table: "", isVariable: false)
    }

    private func keys() throws(ShellFailure) -> [String] {
        try rpc.call("ListSymbols", ["Format": "tbk"])["Results"]?.array.compactMap(\.string) ?? []
    }

    /// What is told of a bucket that is not there.
    ///
    /// - Parameter failure: what a call about it failed with, which is told if the bucket is there, or nobody knows.
    private func missing(_ key: BucketKey, _ failure: ShellFailure? = nil) -> ShellFailure {
        if let failure {
            guard case .refused = failure else { return failure }
        }
        guard let keys = try? self.keys() else { return failure ?? .refused("there is no bucket \(key)") }
        if let failure, keys.contains(key.description) { return failure }
        let near = nearest(to: key.description, in: keys).map { "did you mean \($0)?" }
        return .refused("there is no bucket \(key); \(near ?? "\\buckets lists those that are")")
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
