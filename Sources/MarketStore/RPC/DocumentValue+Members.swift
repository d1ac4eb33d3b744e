internal import Documents

extension DocumentLimits {
    /// Of calls: a write of a hundred thousand symbols has half a million values.
    static let call = DocumentLimits(valuesMax: 1 << 20)
}

extension DocumentValue {
    /// The value of a key, compared without regard to case and underscores: `limit_record_count` and `LimitRecordCount` are
    /// one. Nil if there is none, or if it is null.
    func member(_ names: String...) -> DocumentValue? {
        guard case .object(let members) = self else { return nil }
        for name in names {
            for member in members where Self.folded(member.key) == name {
                if case .null = member.value { return nil }
                return member.value
            }
        }
        return nil
    }

    private static func folded(_ key: String) -> String {
        var bytes: [UInt8] = []
        for byte in key.utf8 where byte != UInt8(ascii: "_") {
            bytes.append(byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
