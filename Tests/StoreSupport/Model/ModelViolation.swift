/// A promise of the store that was broken.
public struct ModelViolation: Error, CustomStringConvertible {
    /// What was promised, and what was found.
    public let description: String

    /// Creates a violation.
    public init(_ description: String) { self.description = description }
}
