/// A property that takes no part in `==` and hashing: where a node stands in the text is no part of what it says.
@propertyWrapper
public struct IgnoredInComparison<Value: Sendable>: Sendable, Hashable {
    /// The value.
    public var wrappedValue: Value

    /// Wraps a value.
    public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }

    /// Always true.
    public static func == (left: Self, right: Self) -> Bool { true }

    /// Adds nothing.
    public func hash(into hasher: inout Hasher) {}
}
