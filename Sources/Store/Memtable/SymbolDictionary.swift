import Columnar
import Synchronization

/// The distinct texts of one symbol column of one table in a memtable; grows only.
///
/// The WAL thread adds. A reader that saw a row published finds the row's text in ``stable``.
final class SymbolDictionary: @unchecked Sendable {
    // Sendable: `texts` is behind its mutex; `codes` and `maps` belong to the WAL thread.

    private struct Texts {
        var values: [String] = []
        var stable: StringDictionary?
    }

    private let texts = Mutex(Texts())
    private var codes: [String: UInt32] = [:]
    private var maps: [CodeMap] = []

    /// Feeds send the same few dictionaries again and again; more than these are mapped anew.
    private static let mapsMax = 8

    /// What an entry costs beside its bytes: a dictionary slot and two strings.
    private static let entryBytes = 64

    /// Bytes held, about.
    private(set) var byteCount = 0

    /// The code of a text, new if it was not seen.
    func intern(_ text: String) -> UInt32 {
        if let code = codes[text] { return code }
        let code = UInt32(codes.count)
        codes[text] = code
        texts.withLock { $0.values.append(text) }
        byteCount += Self.entryBytes + text.utf8.count
        return code
    }

    /// Writes the codes of `source[rows]`, which belong to `dictionary`, in this dictionary's numbers.
    func translate(
        _ source: UnsafeBufferPointer<UInt32>,
        of dictionary: StringDictionary,
        to target: UnsafeMutablePointer<UInt32>
    ) {
        let map = map(for: dictionary)
        for row in source.indices {
            let code = Int(source[row])
            var own = map.codes[code]
            if own == CodeMap.unknown {
                own = intern(dictionary.values[code])
                map.codes[code] = own
            }
            target[row] = own
        }
    }

    /// A dictionary that holds every code published so far; the same object until a text is added.
    var stable: StringDictionary {
        texts.withLock { texts in
            if let stable = texts.stable, stable.values.count == texts.values.count { return stable }
            let stable = StringDictionary(texts.values)
            texts.stable = stable
            return stable
        }
    }

    private func map(for dictionary: StringDictionary) -> CodeMap {
        if let known = maps.first(where: { $0.dictionary === dictionary }) { return known }
        if maps.count == Self.mapsMax { maps.removeFirst() }
        let map = CodeMap(dictionary)
        maps.append(map)
        return map
    }
}

/// Another dictionary's codes in this one's numbers, filled in as they occur.
private final class CodeMap {
    static let unknown = UInt32.max

    let dictionary: StringDictionary
    var codes: [UInt32]

    init(_ dictionary: StringDictionary) {
        self.dictionary = dictionary
        self.codes = [UInt32](repeating: Self.unknown, count: dictionary.values.count)
    }
}
