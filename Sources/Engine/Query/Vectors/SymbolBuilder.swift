import Columnar

/// Collects codes of symbols. While all come from one dictionary they are copied; then they are translated.
struct SymbolBuilder: ~Copyable {
    private var codes = BufferBuilder<UInt32>(capacity: 1)
    /// The dictionary that all codes so far are of; nil if ``interner`` has them.
    private var shared: StringDictionary?
    private var interner = TextInterner()

    /// Appends one text a number of times.
    mutating func append(_ text: String, count: Int) {
        leaveSharedDictionary()
        codes.append(repeating: interner.id(of: text), count: count)
    }

    /// Appends codes of a dictionary.
    mutating func append(
        _ values: UnsafeBufferPointer<UInt32>,
        of dictionary: StringDictionary,
        validity: Validity?,
        _ range: Range<Int>
    ) {
        if codes.count == 0, interner.isEmpty { shared = dictionary }
        if shared === dictionary, validity == nil {
            codes.append(contentsOf: values)
            return
        }
        leaveSharedDictionary()
        for (index, code) in values.enumerated() {
            // The code of a null row may be any.
            let isValid = validity.map { $0[range.lowerBound + index] } ?? true
            codes.append(isValid ? interner.id(of: code, in: dictionary) : interner.id(of: ""))
        }
    }

    private mutating func leaveSharedDictionary() {
        guard let dictionary = shared else { return }
        shared = nil
        for index in 0..<codes.count { codes[index] = interner.id(of: codes[index], in: dictionary) }
    }

    /// Gives the codes away and starts again.
    mutating func take() -> Vector.Form {
        let dictionary = shared ?? StringDictionary(interner.texts)
        shared = nil
        interner = TextInterner()
        return .dictionary(codes.take(), dictionary)
    }
}

/// Gives each distinct text a number: 0, 1, 2, ...
struct TextInterner {
    private(set) var texts: [String] = []
    private var ids: [TextBytes: UInt32] = [:]
    /// The numbers of the texts of a dictionary, `UInt32.max` where not known yet. The dictionary is kept alive, so that
    /// its identity is not used again.
    private var translations: [ObjectIdentifier: (StringDictionary, [UInt32])] = [:]

    var isEmpty: Bool { texts.isEmpty }

    /// The number of a text.
    mutating func id(of text: String) -> UInt32 {
        if let id = ids[TextBytes(text)] { return id }
        let id = UInt32(texts.count)
        ids[TextBytes(text)] = id
        texts.append(text)
        return id
    }

    /// The numbers of the texts of a dictionary's codes; 0 for rows without a value.
    mutating func ids(
        of codes: UnsafeBufferPointer<UInt32>,
        in dictionary: StringDictionary,
        validity: Validity?
    ) -> Buffer<UInt64> {
        let key = ObjectIdentifier(dictionary)
        var known = translations[key]?.1 ?? [UInt32](repeating: .max, count: dictionary.values.count)
        let ids = Buffer<UInt64>.filled(count: codes.count) { target in
            for row in 0..<codes.count {
                // The code of a null row may be any.
                let isValid = validity.map { $0[row] } ?? true
                let code = isValid ? Int(codes[row]) : -1
                if code >= 0, known[code] == .max { known[code] = id(of: dictionary.values[code]) }
                target[row] = code >= 0 ? UInt64(known[code]) : 0
            }
        }
        translations[key] = (dictionary, known)
        return ids
    }

    /// The number of a dictionary's text.
    mutating func id(of code: UInt32, in dictionary: StringDictionary) -> UInt32 {
        let key = ObjectIdentifier(dictionary)
        if let known = translations[key]?.1[Int(code)], known != .max { return known }
        let id = id(of: dictionary.values[Int(code)])
        translations[
            key,
            default: (dictionary, [UInt32](repeating: .max, count: dictionary.values.count))
        ].1[Int(code)] = id
        return id
    }
}

/// Text that is equal if its UTF-8 bytes are: SQL knows nothing of canonical equivalence.
struct TextBytes: Hashable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (left: TextBytes, right: TextBytes) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
