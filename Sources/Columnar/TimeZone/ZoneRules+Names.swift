import Synchronization

extension ZoneRules {
    /// Zones that were read, so that those who make expressions ready for each series need not read the file each time. It
    /// holds no more than the database has names.
    private static let known = Mutex<[String: ZoneRules]>([:])

    /// The rules of a zone: `UTC`, `GMT` or `Z`, a fixed offset such as `+05:30`, `-0800` or `UTC+9`, or a name of the time
    /// zone database such as `Europe/Berlin`; nil if there is none.
    ///
    /// Offsets are ahead of UTC when positive, up to 18 hours. `UTC` and offsets need no file. Names mind case.
    public init?(named name: String) {
        if let offset = ZoneRules.fixedOffset(name) {
            self.init(name: name, offset: offset)
            return
        }
        if let rules = Self.known.withLock({ $0[name] }) {
            self = rules
            return
        }
        guard let bytes = ZoneFile.read(named: name) else { return nil }
        self.init(name: name, file: bytes)
        let rules = self
        Self.known.withLock { $0[name] = rules }
    }

    /// The rules that the bytes of a TZif file say; nil if they are none.
    public init?(name: String, file bytes: [UInt8]) {
        guard let file = ZoneFile(bytes) else { return nil }
        var initial = file.initialOffset * CivilTime.second
        var changes: [(start: Int64, offset: Int64)] = []
        for change in file.changes + (file.rule?.changes(after: file.changes.last?.start) ?? []) {
            let offset = change.offset * CivilTime.second
            let (start, overflow) = change.start.multipliedReportingOverflow(by: CivilTime.second)
            if !overflow {
                changes.append((start, offset))
            } else if change.start < 0 {
                // Before the first instant that there is.
                initial = offset
            }
        }
        self.init(name: name, initial: initial, changes: changes)
    }

    /// The offset that a name says by itself, in nanoseconds.
    private static func fixedOffset(_ name: String) -> Int64? {
        var text = Substring(name)
        for prefix in ["UTC", "GMT"] where name.uppercased().hasPrefix(prefix) { text = text.dropFirst(prefix.count) }
        if text.isEmpty || name == "Z" || name == "z" { return name.isEmpty ? nil : 0 }
        guard let sign = text.first, sign == "+" || sign == "-" else { return nil }
        let parts = text.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
        var fields = parts.map { Array($0.utf8) }
        if fields.count == 1, fields[0].count == 4 { fields = [Array(fields[0][..<2]), Array(fields[0][2...])] }
        guard fields.count <= 2, (1...2).contains(fields[0].count), fields.count == 1 || fields[1].count == 2 else {
            return nil
        }
        var minutes: Int64 = 0
        for (place, field) in fields.enumerated() {
            var value: Int64 = 0
            for byte in field {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                value = value * 10 + Int64(byte - UInt8(ascii: "0"))
            }
            guard value < (place == 0 ? 19 : 60) else { return nil }
            minutes = minutes * 60 + value
        }
        if fields.count == 1 { minutes *= 60 }
        return (sign == "-" ? -1 : 1) * minutes * CivilTime.minute
    }
}
