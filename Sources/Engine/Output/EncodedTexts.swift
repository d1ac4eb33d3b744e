import Columnar

/// The texts of a dictionary, each escaped once, and the text of a constant.
///
/// Pointers that it gives are good until the next call.
final class EncodedTexts {
    /// Where a text's bytes are; a count of 0 stands for not encoded yet (escaped texts are never empty).
    struct Place {
        var start = 0
        var count = 0
    }

    private let dialect: CellDialect
    private var dictionary: StringDictionary?
    private var places = OwnedPlaces(count: 0)
    private let sink = ByteSink(capacity: 256)
    private var constant = Buffer<UInt8>([])

    private final class OwnedPlaces {
        let base: UnsafeMutablePointer<Place>

        init(count: Int) {
            base = .allocate(capacity: max(count, 1))
            base.initialize(repeating: Place(), count: max(count, 1))
        }

        deinit { base.deallocate() }
    }

    init(_ dialect: CellDialect) { self.dialect = dialect }

    /// Encodes every text that a code of the batch names, unless it is already.
    func encode(
        _ codes: Buffer<UInt32>,
        of dictionary: StringDictionary,
        isNull: UnsafePointer<UInt8>?
    ) -> (UnsafePointer<Place>, UnsafePointer<UInt8>) {
        if self.dictionary !== dictionary {
            self.dictionary = dictionary
            places = OwnedPlaces(count: dictionary.values.count)
            sink.removeAll()
        }
        let places = places.base
        codes.withUnsafeBufferPointer { codes in
            for row in 0..<codes.count {
                // The code of a null row may be any.
                if let isNull, isNull[row] != 0 { continue }
                let code = Int(codes[row])
                if places[code].count == 0 { places[code] = encode(dictionary.values[code]) }
            }
        }
        return (UnsafePointer(places), sink.start)
    }

    private func encode(_ text: String) -> Place {
        let start = sink.count
        var text = text
        text.withUTF8 { dialect.writeText($0, to: sink) }
        return Place(start: start, count: sink.count - start)
    }

    /// Keeps bytes alive, and says where.
    func keep(_ bytes: [UInt8]) -> UnsafeBufferPointer<UInt8> {
        constant = Buffer(bytes)
        return UnsafeBufferPointer(start: constant.base, count: constant.count)
    }
}
