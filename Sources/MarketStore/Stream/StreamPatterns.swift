/// The streams that a client follows: bucket keys and patterns of them.
public struct StreamPatterns: Sendable, Hashable {
    /// Streams of one client that have a wildcard: each is tried for every bucket.
    public static let globsMax = 256
    /// Nodes of all their automata together, which bounds what a bucket costs.
    static let costMax = 8_192
    /// Streams of one client that name a bucket.
    public static let literalsMax = 65_536

    private let literals: Set<[UInt8]>
    private let globs: Set<StreamGlob>

    /// Takes streams as a client sends them, all or none.
    ///
    /// - Throws: with what the client is told of the first that is none. A stream has three parts; whether a bucket of it
    ///   exists does not matter.
    public init(_ streams: [String]) throws(DataServiceError) {
        var literals: Set<[UInt8]> = []
        var globs: Set<StreamGlob> = []
        var cost = 0
        for stream in streams {
            guard stream.utf8.count(where: { $0 == UInt8(ascii: "/") }) == 2, let glob = StreamGlob(stream) else {
                throw DataServiceError("\(stream) is an invalid stream")
            }
            if glob.literal != nil {
                literals.insert(Array(stream.utf8))
            } else if globs.insert(glob).inserted {
                cost += glob.cost
            }
        }
        guard literals.count <= Self.literalsMax else {
            throw DataServiceError(
                "more than \(Self.literalsMax) streams; follow fewer, or a pattern such as */1Min/OHLCV"
            )
        }
        guard globs.count <= Self.globsMax, cost <= Self.costMax else {
            throw DataServiceError("more than \(Self.globsMax) patterns, or too long ones; follow fewer")
        }
        self.literals = literals
        self.globs = globs
    }

    /// How many streams there are.
    public var count: Int { literals.count + globs.count }

    /// The buckets, if none of the streams is a pattern.
    public var keys: [BucketKey]? {
        globs.isEmpty ? literals.compactMap { BucketKey(String(decoding: $0, as: UTF8.self)) } : nil
    }

    /// Whether a bucket is followed.
    public func matches(_ key: BucketKey) -> Bool {
        let text = key.description
        if !literals.isEmpty, literals.contains(Array(text.utf8)) { return true }
        return globs.contains { $0.matches(text) }
    }
}
