import ArgumentParser
import Gateway

/// `tickgate store compact`: merges all segments now.
struct StoreCompactCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compact",
        abstract: "Merge the segments of every partition into one, now.",
        discussion: """
            A gateway merges by itself what is worth it; this is for a store that will only be read, or to be rid of
            deleted rows. It needs space for the largest partition once more. Reads and writes of a gateway go on.
            """
    )

    @OptionGroup var target: StoreTarget

    func run() async throws {
        try await CommandError.explaining {
            let before: StoreStatus
            let after: StoreStatus
            if let gateway = try target.gateway() {
                before = try await gateway.status()
                try await gateway.compact()
                after = try await gateway.status()
            } else {
                (before, after) = try target.withStore { store in
                    let before = try store.status()
                    try store.compact()
                    return (before, try store.status())
                }
            }
            print("\(Self.summary(before)) before, \(Self.summary(after)) now")
        }
    }

    private static func summary(_ status: StoreStatus) -> String {
        let segments = status.tables.reduce(0) { $0 + $1.segments }
        let bytes = status.tables.reduce(0) { $0 + $1.bytes }
        return "\(segments) \(segments == 1 ? "segment" : "segments") of \(SizeText.bytes(bytes))"
    }
}
