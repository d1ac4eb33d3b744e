import Foundation
import Store

/// What a verification found, for people: the files by table, the totals, every damage.
enum VerificationText {
    static func lines(_ verification: StoreVerification, directory: String) -> [String] {
        let bytes = SizeText.bytes(Int64(clamping: verification.bytes))
        var lines = tables(directory, verification.damages)
        lines += [
            "read \(verification.files) files, \(bytes): \(verification.segmentRows) rows in segments, "
                + "\(verification.walRows) rows of \(verification.walRecords) records in the WAL"
        ]
        if verification.tornBytes > 0 {
            lines.append(
                "\(verification.tornBytes) bytes at the end of the WAL were never whole; the next start cuts them off, "
                    + "and nothing that was on disk is in them"
            )
        }
        return lines + damages(verification.damages)
    }

    /// A line a damage and their number; `well` if there is none.
    static func damages(_ damages: [StoreVerification.Damage]) -> [String] {
        guard !damages.isEmpty else { return ["well: nothing is damaged"] }
        return damages.map { "damaged: \($0.file), offset \($0.offset): \($0.message)" }
            + ["\(damages.count) \(damages.count == 1 ? "damage" : "damages")"]
    }

    /// The segment files of each table, as they lie in the directory.
    private static func tables(_ directory: String, _ damages: [StoreVerification.Damage]) -> [String] {
        var table = TextTable([
            ("table", .left), ("partitions", .right), ("segments", .right), ("bytes", .right), ("damaged", .right),
        ])
        let root = "\(directory)/tables"
        let names = names(root)
        for name in names.sorted(by: { $0.localizedStandardCompare($1) == .orderedAscending }) {
            let paths = self.names("\(root)/\(name)").map { "\(root)/\(name)/\($0)" }
            let partitions = paths.map { segments(in: $0) }.filter { !$0.isEmpty }
            let files = Array(partitions.joined())
            let bytes = files.reduce(0) { $0 + DataDirectory.byteCount($1) }
            let damaged = Set(damages.map(\.file).filter { $0.contains("/tables/\(name)/") }).count
            table.add([
                // The directory is <number>-<name>.
                String(name.drop { $0 != "-" }.dropFirst()), "\(partitions.count)", "\(files.count)",
                SizeText.bytes(bytes), "\(damaged)",
            ])
        }
        return names.isEmpty ? [] : table.lines + [""]
    }

    private static func segments(in partition: String) -> [String] {
        names(partition).filter { $0.hasPrefix("seg-") }.map { "\(partition)/\($0)" }
    }

    private static func names(_ directory: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    }
}
