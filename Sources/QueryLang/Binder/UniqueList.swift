/// Elements in the order in which they were met, each once.
struct UniqueList<Element: Hashable> {
    private(set) var elements: [Element] = []
    private var indices: [Element: Int] = [:]

    /// The place of an element, which is added if it is not there.
    mutating func index(of element: Element) -> Int {
        if let index = indices[element] { return index }
        indices[element] = elements.count
        elements.append(element)
        return elements.count - 1
    }

    /// Adds an element even if it is there; places asked for later are still those of the first.
    mutating func append(_ element: Element) -> Int {
        if indices[element] == nil { return index(of: element) }
        elements.append(element)
        return elements.count - 1
    }

    /// The place of an element; nil if it is not there.
    func firstIndex(of element: Element) -> Int? { indices[element] }

    var isEmpty: Bool { elements.isEmpty }
    var count: Int { elements.count }
}
