/// The distinct texts of a dictionary vector; a code is an index into it.
public final class StringDictionary: Sendable {
    /// The texts, by code.
    public let values: [String]

    /// Wraps distinct texts.
    public init(_ values: [String]) { self.values = values }

    /// The code of a text; nil if it is not in the dictionary. O(number of texts).
    public func code(of text: String) -> UInt32? {
        values.firstIndex(of: text).map(UInt32.init)
    }
}
